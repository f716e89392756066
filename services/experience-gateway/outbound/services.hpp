// SPDX-License-Identifier: Apache-2.0
// The services behind the gateway, asked over the bus. Blocking, each call with a deadline; a service that
// does not answer in time is `unavailable`. So is one for which half of the HTTP threads wait already: while
// it is down, what does not need it is still answered (domain/bulkhead). Thread safe.
#pragma once

#include <chrono>
#include <string>

#include "bus/rpc.hpp"
#include "contracts/json.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "domain/bulkhead.hpp"

namespace turnkey::gateway {

class Services {
 public:
  static constexpr std::chrono::milliseconds kUsual{3000};
  // `at_once`: so many may wait for each of the services.
  Services(bus::Client& client, int at_once)
      : caller_(client), registry_(at_once), provisioning_(at_once), telemetry_(at_once) {}

  core::Result<contracts::Json> registry(std::string_view method, const contracts::Json& request,
                                         std::chrono::milliseconds timeout = kUsual);
  core::Result<contracts::Json> provisioning(std::string_view method, const contracts::Json& request,
                                             std::chrono::milliseconds timeout = kUsual);
  core::Result<contracts::Json> telemetry(std::string_view method, const contracts::Json& request,
                                          std::chrono::milliseconds timeout = kUsual);

 private:
  core::Result<contracts::Json> call(Bulkhead& bulkhead, std::string_view service, std::string_view method,
                                     const contracts::Json& request, std::chrono::milliseconds timeout);

  bus::RpcCaller caller_;
  Bulkhead registry_;
  Bulkhead provisioning_;
  Bulkhead telemetry_;
};

// A request in the name of a user.
contracts::Json acting(const core::UserId& user, contracts::Json request = contracts::Json::object());

}  // namespace turnkey::gateway
