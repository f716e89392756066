// SPDX-License-Identifier: Apache-2.0
// The registry's settings, from the environment.
#pragma once

#include <string>

#include "domain/device_broker.hpp"
#include "outbound/webhook_client.hpp"
#include "service/settings.hpp"

namespace turnkey::registry {

struct Config {
  service::Settings service;
  std::string label_host;            // TURNKEY_LABEL_HOST: host (and port) that labels' links carry for life
  std::string first_operator_token;  // TURNKEY_FIRST_OPERATOR_TOKEN_FILE; "" when not given: no first
                                     // operator is made. Its link is
                                     // https://HOST/welcome#<token>
  core::Secret seal_key;             // TURNKEY_SEAL_KEY_FILE: seals the keys of registration tokens and the
                                     // secrets of webhooks; the same for all replicas
  DeviceBroker device_broker;        // TURNKEY_DEVICE_BROKER_HOST (default: label_host's), _PORT (8883), _TLS
                                     // (true), _CA_FILE: how devices in the field reach the broker
  WebhookRules webhooks;             // TURNKEY_WEBHOOK_HTTP (false): without TLS too;
                          // TURNKEY_WEBHOOK_PRIVATE_ADDRESSES (false): into this machine and private
                          // networks too
  int rpc_threads = 16;  // TURNKEY_RPC_THREADS, 1..64; three in four may be signing somebody in
};

// Throws service::ConfigError with every error.
Config read_config(service::ConfigReader in = service::ConfigReader());

}  // namespace turnkey::registry
