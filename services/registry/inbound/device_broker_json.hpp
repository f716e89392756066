// SPDX-License-Identifier: Apache-2.0
// {"host","port","tls","ca"?}: where devices find the broker.
#pragma once

#include "contracts/json.hpp"
#include "domain/device_broker.hpp"

namespace turnkey::registry {

contracts::Json to_json(const DeviceBroker& broker);

}  // namespace turnkey::registry
