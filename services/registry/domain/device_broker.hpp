// SPDX-License-Identifier: Apache-2.0
// Where devices in the field find the broker: told to those that register themselves. Pure.
#pragma once

#include <string>

namespace turnkey::registry {

struct DeviceBroker {
  std::string host{};
  int port = 8883;
  bool tls = true;
  std::string ca_pem{};  // "" = of an authority that devices know anyway
};

}  // namespace turnkey::registry
