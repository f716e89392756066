// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fstream>
#include <map>

#include "config.hpp"
#include "testing/process.hpp"

using namespace turnkey;

namespace {

// What a start with these settings says, beside those that every start needs; "" when it is content.
std::string said(std::map<std::string, std::string> settings) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/password") << "5f1d8a3b9c2e7d4a6b8c";
  settings.insert({{"TURNKEY_MQTT_PASSWORD_FILE", folder.path() + "/password"},
                   {"TURNKEY_PUBLIC_ORIGINS", "https://turnkey.example"},
                   {"TURNKEY_LABEL_HOST", "turnkey.example"}});
  try {
    gateway::read_config(service::ConfigReader([&](const std::string& name) -> std::optional<std::string> {
      const auto it = settings.find(name);
      return it == settings.end() ? std::nullopt : std::optional(it->second);
    }));
  } catch (const service::ConfigError& error) {
    return error.what();
  }
  return "";
}

const std::string kIcons = "services/experience-gateway/web/public/icons/";

}  // namespace

TEST_CASE("a logo that is no PNG, or fonts that are not there, are found at the start") {
  CHECK(said({}).empty());
  CHECK(said({{"TURNKEY_LABEL_LOGO_FILE", kIcons + "turnkey-192.png"}}).empty());
  CHECK(said({{"TURNKEY_LABEL_LOGO_FILE", kIcons + "turnkey.svg"}}).find("It is no PNG picture.") !=
        std::string::npos);
  CHECK(said({{"TURNKEY_LABEL_LOGO_FILE", "/nowhere.png"}})
            .find("TURNKEY_LABEL_LOGO_FILE: The file /nowhere.png") == 0);
  CHECK(said({{"TURNKEY_LABEL_FONT_FOLDER", "/nowhere"}}).find("TURNKEY_LABEL_FONT_FOLDER: The font") == 0);
}

TEST_CASE("trusted proxies are addresses and ranges, and what is none is found at the start") {
  CHECK(said({{"TURNKEY_TRUSTED_PROXIES", "10.0.0.0/8,2001:db8::/32,192.0.2.1"}}).empty());
  CHECK(said({{"TURNKEY_TRUSTED_PROXIES", "10.0.0.0/8,proxy"}})
            .find("TURNKEY_TRUSTED_PROXIES: proxy is no address") == 0);
  CHECK(said({{"TURNKEY_TRUSTED_PROXIES", "10.0.0.1/8"}}).find("10.0.0.1/8 is no address") !=
        std::string::npos);
}

TEST_CASE("how many streams may be open is a setting, and one that lets in none is found at the start") {
  CHECK(said({{"TURNKEY_STREAMS", "50000"}, {"TURNKEY_STREAMS_PER_ADDRESS", "10000"}}).empty());
  CHECK(said({{"TURNKEY_STREAMS", "0"}}).find("TURNKEY_STREAMS") != std::string::npos);
  CHECK(said({{"TURNKEY_STREAMS_PER_ADDRESS", "many"}}).find("TURNKEY_STREAMS_PER_ADDRESS") !=
        std::string::npos);
}
