// SPDX-License-Identifier: Apache-2.0
// The service's settings. Those that every service has are in service/settings.hpp.
#pragma once

#include "service/config.hpp"
#include "service/settings.hpp"

namespace turnkey::provisioning {

struct Config {
  service::Settings settings;
  int rpc_threads = 4;         // TURNKEY_RPC_THREADS, 1..64: requests worked on at once
  int database_sessions = 12;  // TURNKEY_DATABASE_SESSIONS, 2..64: connections at most, opened when needed
};

// Throws service::ConfigError with everything that is wrong.
Config read_config(service::ConfigReader in = {});

}  // namespace turnkey::provisioning
