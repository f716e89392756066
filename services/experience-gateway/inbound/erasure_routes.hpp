// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inbound/routes.hpp"

namespace turnkey::gateway {

void add_erasure_routes(const Routes& routes);

}  // namespace turnkey::gateway
