// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>

#include "core/random.hpp"

using namespace turnkey;

namespace {

// A file of its own that is gone afterwards.
struct File {
  explicit File(const std::string& text)
      : path(std::filesystem::temp_directory_path() / ("turnkey-" + core::random_hex(8))) {
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  const std::filesystem::path path;
};

registry::Config read_with(std::map<std::string, std::string> changes) {
  const File secret(core::random_hex(32));
  std::map<std::string, std::string> settings = {{"TURNKEY_DATABASE", "host=127.0.0.1"},
                                                 {"TURNKEY_DATABASE_PASSWORD_FILE", secret.path},
                                                 {"TURNKEY_MQTT_PASSWORD_FILE", secret.path},
                                                 {"TURNKEY_SEAL_KEY_FILE", secret.path},
                                                 {"TURNKEY_LABEL_HOST", "turnkey.example:8443"}};
  for (auto& [name, value] : changes) settings[name] = value;
  return registry::read_config(
      service::ConfigReader([settings](const std::string& name) -> std::optional<std::string> {
        const auto it = settings.find(name);
        return it == settings.end() ? std::nullopt : std::optional(it->second);
      }));
}

}  // namespace

TEST_CASE("S1 the registry does not start without a seal key of its own") {
  CHECK_THROWS_WITH(read_with({{"TURNKEY_SEAL_KEY_FILE", ""}}), Catch::Contains("TURNKEY_SEAL_KEY_FILE"));
  const File example("changeme-changeme-changeme-changeme");
  CHECK_THROWS_WITH(read_with({{"TURNKEY_SEAL_KEY_FILE", example.path}}), Catch::Contains("example"));
  const File short_one(core::random_hex(8));
  CHECK_THROWS_WITH(read_with({{"TURNKEY_SEAL_KEY_FILE", short_one.path}}),
                    Catch::Contains("at least 32 characters"));
  CHECK_NOTHROW(read_with({}));
}

TEST_CASE("devices are told the labels' host and MQTTS where nothing else is said") {
  const auto broker = read_with({}).device_broker;
  CHECK(broker.host == "turnkey.example");
  CHECK(broker.port == 8883);
  CHECK(broker.tls);
  CHECK(broker.ca_pem.empty());
  CHECK(read_with({{"TURNKEY_LABEL_HOST", "[2001:db8::1]:8443"}}).device_broker.host == "2001:db8::1");
}

TEST_CASE("the broker's authorities come from a file of certificates, and from none else") {
  const File ca("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const auto broker = read_with({{"TURNKEY_DEVICE_BROKER_HOST", "mqtt.example"},
                                 {"TURNKEY_DEVICE_BROKER_PORT", "18883"},
                                 {"TURNKEY_DEVICE_BROKER_CA_FILE", ca.path}})
                          .device_broker;
  CHECK(broker.host == "mqtt.example");
  CHECK(broker.port == 18883);
  CHECK(broker.ca_pem.starts_with("-----BEGIN CERTIFICATE-----"));
  const File other("no certificate");
  for (const auto& path : {other.path.string(), std::string("/nowhere/ca.crt")})
    CHECK_THROWS_WITH(read_with({{"TURNKEY_DEVICE_BROKER_CA_FILE", path}}),
                      Catch::Contains("holds no certificates"));
}
