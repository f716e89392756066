// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

namespace turnkey::registry {

Config read_config(service::ConfigReader in) {
  Config config;
  config.service = service::read_settings(in, "registry", true);
  config.label_host = in.text("TURNKEY_LABEL_HOST");
  if (!in.text("TURNKEY_FIRST_OPERATOR_TOKEN_FILE", "").empty())
    config.first_operator_token = in.secret("TURNKEY_FIRST_OPERATOR_TOKEN", 32);
  config.rpc_threads = static_cast<int>(in.integer("TURNKEY_RPC_THREADS", 1, 64, 16));
  in.throw_if_wrong();
  return config;
}

}  // namespace turnkey::registry
