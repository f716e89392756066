// SPDX-License-Identifier: Apache-2.0
#include "service/settings.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "core/random.hpp"

namespace turnkey::service {
namespace {

constexpr std::size_t kLongestInstance = 64;

// It becomes a part of the client id and so of a topic.
bool usable_instance(const std::string& name) {
  return !name.empty() && name.size() <= kLongestInstance &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

void read_bus(ConfigReader& in, Settings& settings) {
  settings.bus.host = in.text("TURNKEY_MQTT_HOST", "127.0.0.1");
  settings.bus.port = static_cast<int>(in.integer("TURNKEY_MQTT_PORT", 1, 65535, 1883));
  settings.bus.tls = in.boolean("TURNKEY_MQTT_TLS", false);
  settings.bus.ca_file = in.text("TURNKEY_MQTT_CA_FILE", "");
  if (!settings.bus.ca_file.empty() && !std::ifstream(settings.bus.ca_file)) {
    in.reject("TURNKEY_MQTT_CA_FILE: the file " + settings.bus.ca_file + " cannot be read.");
  }
  settings.bus.client_id = settings.name + "-" + settings.instance;
  settings.bus.user_name = settings.name;
  settings.bus.password = in.secret("TURNKEY_MQTT_PASSWORD");
}

void read_broker_kind(ConfigReader& in, Settings& settings) {
  using contracts::BrokerKind;
  constexpr std::array<std::pair<const char*, BrokerKind>, 3> kKinds = {
      {{"turnkey", BrokerKind::turnkey}, {"stamping", BrokerKind::stamping}, {"plain", BrokerKind::plain}}};
  const std::string name = in.text("TURNKEY_BROKER", "turnkey");
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& kind) { return name == kind.first; });
  if (found == kKinds.end()) return in.reject("TURNKEY_BROKER must be turnkey, stamping or plain.");
  settings.broker = found->second;
}

void read_database(ConfigReader& in, Settings& settings) {
  settings.database = in.text("TURNKEY_DATABASE");
  if (settings.database.find("password") != std::string::npos) {
    in.reject("TURNKEY_DATABASE must not hold a password: it belongs into TURNKEY_DATABASE_PASSWORD_FILE.");
  }
  settings.database_password = in.secret("TURNKEY_DATABASE_PASSWORD");
}

void read_log_level(ConfigReader& in, Settings& settings) {
  constexpr std::array<const char*, 4> kLevels = {"debug", "info", "warning", "error"};
  settings.log_level = in.text("TURNKEY_LOG_LEVEL", "info");
  if (std::find(kLevels.begin(), kLevels.end(), settings.log_level) == kLevels.end())
    in.reject("TURNKEY_LOG_LEVEL must be debug, info, warning or error.");
}

void read_roots(ConfigReader& in, Settings& settings) {
  const auto roots = contracts::topics::Roots::parse(in.text("TURNKEY_DEVICE_ROOTS", "devices,losant"));
  if (roots) {
    settings.roots = *roots;
  } else {
    in.reject("TURNKEY_DEVICE_ROOTS must be names with commas between, without / + # $ or blanks.");
  }
}

}  // namespace

Settings read_settings(ConfigReader& in, const std::string& service_name, bool with_database) {
  Settings settings;
  settings.name = service_name;
  settings.instance = in.text("TURNKEY_INSTANCE", core::random_hex(4));
  if (!usable_instance(settings.instance))
    in.reject("TURNKEY_INSTANCE must be 1 to 64 letters, digits, '-', '_' or '.'.");
  read_bus(in, settings);
  read_broker_kind(in, settings);
  if (with_database) read_database(in, settings);
  settings.internal_address = in.text("TURNKEY_INTERNAL_ADDRESS", "127.0.0.1");
  settings.internal_port = static_cast<int>(in.integer("TURNKEY_INTERNAL_PORT", 0, 65535, 0));
  read_log_level(in, settings);
  read_roots(in, settings);
  return settings;
}

}  // namespace turnkey::service
