// SPDX-License-Identifier: Apache-2.0
// The services behind the gateway, asked over the bus. Blocking, each call with a deadline; a service that
// does not answer in time is `unavailable`. Thread safe.
#pragma once

#include <chrono>
#include <string>

#include "bus/rpc.hpp"
#include "contracts/json.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace turnkey::gateway {

class Services {
 public:
  static constexpr std::chrono::milliseconds kUsual{3000};
  explicit Services(bus::Client& client) : caller_(client) {}

  core::Result<contracts::Json> registry(std::string_view method, const contracts::Json& request,
                                         std::chrono::milliseconds timeout = kUsual);
  core::Result<contracts::Json> provisioning(std::string_view method, const contracts::Json& request,
                                             std::chrono::milliseconds timeout = kUsual);
  core::Result<contracts::Json> telemetry(std::string_view method, const contracts::Json& request,
                                          std::chrono::milliseconds timeout = kUsual);

 private:
  bus::RpcCaller caller_;
};

// A request in the name of a user.
contracts::Json acting(const core::UserId& user, contracts::Json request = contracts::Json::object());

}  // namespace turnkey::gateway
