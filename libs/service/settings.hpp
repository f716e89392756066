// SPDX-License-Identifier: Apache-2.0
// The settings that every service has, under the same names.
#pragma once

#include <string>

#include "bus/client.hpp"
#include "contracts/report_stamp.hpp"
#include "contracts/topics.hpp"
#include "service/config.hpp"

namespace turnkey::service {

struct Settings {
  std::string name;      // "registry"
  std::string instance;  // TURNKEY_INSTANCE, default: 8 random hex characters; makes client ids unique
  bus::Options bus;      // TURNKEY_MQTT_HOST, _PORT, _TLS, _CA_FILE, _PASSWORD_FILE; user name = service name
  contracts::BrokerKind broker = contracts::BrokerKind::turnkey;  // TURNKEY_BROKER: turnkey, stamping, plain
  std::string database;            // TURNKEY_DATABASE (libpq string without password); "" when not read
  core::Secret database_password;  // TURNKEY_DATABASE_PASSWORD_FILE
  std::string internal_address;    // TURNKEY_INTERNAL_ADDRESS, default 127.0.0.1
  int internal_port = 0;           // TURNKEY_INTERNAL_PORT, default 0 = a free one: /healthz /readyz /metrics
  std::string log_level;           // TURNKEY_LOG_LEVEL, default info
  contracts::topics::Roots roots;  // TURNKEY_DEVICE_ROOTS, default devices,losant
};

Settings read_settings(ConfigReader& in, const std::string& service_name, bool with_database);

}  // namespace turnkey::service
