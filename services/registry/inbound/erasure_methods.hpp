// SPDX-License-Identifier: Apache-2.0
// erase_user, erase_group.
#pragma once

#include "bus/rpc.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

void add_erasure_methods(bus::RpcServer& server, const Context& context);

}  // namespace turnkey::registry
