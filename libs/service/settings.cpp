// SPDX-License-Identifier: Apache-2.0
#include "service/settings.hpp"

#include "core/random.hpp"

namespace turnkey::service {

Settings read_settings(ConfigReader& in, const std::string& service_name, bool with_database) {
  Settings settings;
  settings.name = service_name;
  settings.instance = in.text("TURNKEY_INSTANCE", core::random_hex(4));
  settings.bus.host = in.text("TURNKEY_MQTT_HOST", "127.0.0.1");
  settings.bus.port = static_cast<int>(in.integer("TURNKEY_MQTT_PORT", 1, 65535, 1883));
  settings.bus.tls = in.boolean("TURNKEY_MQTT_TLS", false);
  settings.bus.ca_file = in.text("TURNKEY_MQTT_CA_FILE", "");
  settings.bus.client_id = service_name + "-" + settings.instance;
  settings.bus.user_name = service_name;
  settings.bus.password = in.secret("TURNKEY_MQTT_PASSWORD");
  if (with_database) {
    settings.database = in.text("TURNKEY_DATABASE");
    settings.database += " password=" + in.secret("TURNKEY_DATABASE_PASSWORD");
  }
  settings.internal_address = in.text("TURNKEY_INTERNAL_ADDRESS", "127.0.0.1");
  settings.internal_port = static_cast<int>(in.integer("TURNKEY_INTERNAL_PORT", 0, 65535, 0));
  settings.log_level = in.text("TURNKEY_LOG_LEVEL", "info");
  const auto roots = contracts::topics::Roots::parse(in.text("TURNKEY_DEVICE_ROOTS", "devices,losant"));
  if (roots) {
    settings.roots = *roots;
  } else {
    in.reject("TURNKEY_DEVICE_ROOTS must be names with commas between, without / + # $ or blanks.");
  }
  return settings;
}

}  // namespace turnkey::service
