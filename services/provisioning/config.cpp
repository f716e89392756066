// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

namespace turnkey::provisioning {

Config read_config(service::ConfigReader in) {
  Config config;
  config.settings = service::read_settings(in, "provisioning", true);
  config.rpc_threads = static_cast<int>(in.integer("TURNKEY_RPC_THREADS", 1, 64, 4));
  config.database_sessions = static_cast<int>(in.integer("TURNKEY_DATABASE_SESSIONS", 2, 64, 12));
  in.throw_if_wrong();
  return config;
}

}  // namespace turnkey::provisioning
