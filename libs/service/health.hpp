// SPDX-License-Identifier: Apache-2.0
// What a service says of itself when ops asks (rpc/{service}/health, proto/schemas/service-health.json): its
// version, which of its parts are down, settings that are not safe, and facts: sizes, room, backlogs. One
// replica answers for itself. Thread safe after `serve`.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bus/rpc.hpp"
#include "pg/facts.hpp"
#include "service/runtime.hpp"

namespace turnkey::service {

class Health {
 public:
  Health(const Settings& settings, const InternalPort& internal, const core::Clock& clock);
  // `ask` may throw: the fact is missing then. Before `serve`.
  void fact(std::string name, std::function<contracts::Json()> ask);
  void unsafe(std::string setting);  // besides those that all services have
  void serve(bus::RpcServer& server);
  contracts::Json report() const;

 private:
  const std::string name_;
  const std::string instance_;
  const InternalPort& internal_;
  const core::Clock& clock_;
  std::vector<std::string> unsafe_;
  std::vector<std::pair<std::string, std::function<contracts::Json()>>> facts_;
};

// {"bytes","connections","mostConnections","roundTrip_ms"}
contracts::Json json_of(const pg::DatabaseFacts& facts);
// {"freeBytes","totalBytes"} of the disk that holds `folder`. Throws std::system_error.
contracts::Json room_of(const std::string& folder);
// Names of what the settings leave open: mqtt_without_tls, database_without_tls (to another machine),
// debug_log.
std::vector<std::string> unsafe_settings(const Settings& settings);

}  // namespace turnkey::service
