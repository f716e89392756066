// SPDX-License-Identifier: Apache-2.0
#include "service/config.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "service/metrics.hpp"
#include "service/settings.hpp"
#include "testing/process.hpp"

using namespace turnkey::service;

namespace {

ConfigReader reader(std::map<std::string, std::string> values) {
  return ConfigReader([values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  });
}

std::string file_with(const turnkey::testing::TemporaryFolder& folder, const std::string& name,
                      const std::string& text) {
  std::ofstream(folder.path() + "/" + name) << text;
  return folder.path() + "/" + name;
}

}  // namespace

TEST_CASE("all wrong settings are reported together, by name") {
  auto in = reader({{"PORT", "70000"}, {"TLS", "maybe"}});
  in.text("NAME");
  in.integer("PORT", 1, 65535);
  in.boolean("TLS", false);
  CHECK(in.errors().size() == 3);
  CHECK_THROWS_WITH(in.throw_if_wrong(),
                    Catch::Contains("NAME") && Catch::Contains("PORT") && Catch::Contains("TLS"));
}

TEST_CASE("S1: a secret that is missing, short or from an example is refused") {
  const turnkey::testing::TemporaryFolder folder;
  auto in = reader({{"A_FILE", file_with(folder, "a", "short\n")},
                    {"B_FILE", file_with(folder, "b", "changeme-changeme-changeme\n")},
                    {"C_FILE", folder.path() + "/missing"},
                    {"E_FILE", file_with(folder, "e", "0f8e7d6c5b4a39281706f5e4d3c2b1a0\n")}});
  in.secret("A");
  in.secret("B");
  in.secret("C");
  in.secret("D");
  CHECK(in.errors().size() == 4);
  CHECK(in.secret("E") == "0f8e7d6c5b4a39281706f5e4d3c2b1a0");
  CHECK(in.errors().size() == 4);
  for (const auto& error : in.errors()) CHECK(error.find("changeme") == std::string::npos);
}

TEST_CASE("the common settings of a service have names of their own and sound defaults") {
  const turnkey::testing::TemporaryFolder folder;
  auto in =
      reader({{"TURNKEY_MQTT_PASSWORD_FILE", file_with(folder, "p", "0f8e7d6c5b4a39281706f5e4d3c2b1a0")},
              {"TURNKEY_INSTANCE", "a"}});
  const auto settings = read_settings(in, "registry", false);
  CHECK(in.errors().empty());
  CHECK(settings.bus.client_id == "registry-a");
  CHECK(settings.bus.user_name == "registry");
  CHECK(settings.roots.names == std::vector<std::string>{"devices", "losant"});
  auto wrong = reader({{"TURNKEY_DEVICE_ROOTS", "a/b"}});
  read_settings(wrong, "registry", true);
  CHECK(wrong.errors().size() == 4);
}

TEST_CASE("metrics come out in Prometheus' form") {
  Metrics metrics;
  metrics.count("turnkey_reports_total", "Reports.", {{"result", "stored"}}, 2);
  metrics.gauge("turnkey_backlog", "What waits.", [] { return 7.0; });
  metrics.observe("turnkey_rpc_seconds", "Time.", {}, 0.01);
  const std::string text = metrics.text();
  CHECK(text.find("turnkey_reports_total{result=\"stored\"} 2") != std::string::npos);
  CHECK(text.find("turnkey_backlog 7") != std::string::npos);
  CHECK(text.find("turnkey_rpc_seconds_bucket") != std::string::npos);
}
