// SPDX-License-Identifier: Apache-2.0
#include "service/config.hpp"

#include <algorithm>
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
  CHECK(in.secret("E").all() == std::vector<std::string>{"0f8e7d6c5b4a39281706f5e4d3c2b1a0"});
  CHECK(in.errors().size() == 4);
  for (const auto& error : in.errors()) CHECK(error.find("changeme") == std::string::npos);
}

TEST_CASE(
    "S1: an example of a secret is refused in whatever spelling, and the error says what would be right") {
  const turnkey::testing::TemporaryFolder folder;
  for (const std::string example :
       {"changeme", "ChangeMe-please-0123456789", "password", "Secret", "secret123456789012",
        "example-secret-0123456789", "aaaaaaaaaaaaaaaaaaaaaaaa", "  \r"}) {
    auto in = reader({{"A_FILE", file_with(folder, "a", example + "\n")}});
    in.secret("A", 8);
    INFO(example);
    REQUIRE(in.errors().size() == 1);
    CHECK_THAT(in.errors()[0], Catch::StartsWith("A_FILE") && Catch::Contains("/a"));
  }
  auto in = reader({{"A_FILE", file_with(folder, "a", "0f8e7d6c5b4a392\n")}});
  in.secret("A");
  CHECK_THAT(in.errors().at(0), Catch::Contains("at least 16") && Catch::Contains("openssl rand -hex 32"));
  auto just = reader({{"A_FILE", file_with(folder, "a", "0f8e7d6c5b4a3928\r\n")}});
  CHECK(just.secret("A").all() == std::vector<std::string>{"0f8e7d6c5b4a3928"});
  CHECK(just.errors().empty());
}

TEST_CASE("numbers are taken up to their limits and refused one beyond, and nothing counts as not set") {
  auto in =
      reader({{"LOW", "1"}, {"HIGH", "10"}, {"BELOW", "0"}, {"ABOVE", "11"}, {"TEXT", "7x"}, {"EMPTY", ""}});
  CHECK(in.integer("LOW", 1, 10) == 1);
  CHECK(in.integer("HIGH", 1, 10) == 10);
  CHECK(in.integer("EMPTY", 1, 10, 5) == 5);
  CHECK(in.duration_ms("ABSENT", 1, 10, 6) == std::chrono::milliseconds(6));
  CHECK(in.errors().empty());
  in.integer("BELOW", 1, 10);
  in.integer("ABOVE", 1, 10);
  in.integer("TEXT", 1, 10);
  in.integer("EMPTY", 1, 10);
  CHECK(in.errors().size() == 4);
}

TEST_CASE("a list is split at commas, blanks do not count") {
  auto in = reader({{"A", " one, two ,,three"}});
  CHECK(in.list("A", {}) == std::vector<std::string>{"one", "two", "three"});
  CHECK(in.list("B", {"x"}) == std::vector<std::string>{"x"});
}

TEST_CASE("S1: while a secret is rotated both lines are held to the rules") {
  const turnkey::testing::TemporaryFolder folder;
  auto right = reader({{"A_FILE", file_with(folder, "a", "0f8e7d6c5b4a3928\n1706f5e4d3c2b1a0\n")}});
  CHECK(right.secret("A").all() == std::vector<std::string>{"0f8e7d6c5b4a3928", "1706f5e4d3c2b1a0"});
  CHECK(right.errors().empty());
  auto wrong = reader({{"A_FILE", file_with(folder, "a", "0f8e7d6c5b4a3928\nshort\n")}});
  wrong.secret("A");
  CHECK(wrong.errors().size() == 1);
}

TEST_CASE("no database password is taken from the connection string") {
  const turnkey::testing::TemporaryFolder folder;
  std::map<std::string, std::string> values = {
      {"TURNKEY_MQTT_PASSWORD_FILE", file_with(folder, "p", "0f8e7d6c5b4a39281706f5e4d3c2b1a0")},
      {"TURNKEY_DATABASE", "host=db dbname=turnkey"},
      {"TURNKEY_DATABASE_PASSWORD_FILE", file_with(folder, "d", "0f8e7d6c5b4a39281706f5e4d3c2b1a0")}};
  auto in = reader(values);
  CHECK(read_settings(in, "registry", true).database == "host=db dbname=turnkey");
  CHECK(in.errors().empty());
  values["TURNKEY_DATABASE"] = "host=db password=x";
  auto wrong = reader(values);
  read_settings(wrong, "registry", true);
  CHECK(wrong.errors().size() == 1);
}

TEST_CASE("instance, log level and CA file are checked before anything starts") {
  const turnkey::testing::TemporaryFolder folder;
  auto in =
      reader({{"TURNKEY_MQTT_PASSWORD_FILE", file_with(folder, "p", "0f8e7d6c5b4a39281706f5e4d3c2b1a0")},
              {"TURNKEY_INSTANCE", "a/#"},
              {"TURNKEY_LOG_LEVEL", "loud"},
              {"TURNKEY_MQTT_CA_FILE", folder.path() + "/missing"}});
  read_settings(in, "registry", false);
  CHECK_THROWS_WITH(in.throw_if_wrong(), Catch::Contains("TURNKEY_INSTANCE") &&
                                             Catch::Contains("TURNKEY_LOG_LEVEL") &&
                                             Catch::Contains("TURNKEY_MQTT_CA_FILE"));
  CHECK(in.errors().size() == 3);
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

TEST_CASE("the broker is one with the plugin unless the setting says what else it is") {
  using turnkey::contracts::BrokerKind;
  const auto kind_of = [](std::map<std::string, std::string> values) {
    auto in = reader(std::move(values));
    const auto settings = read_settings(in, "registry", false);
    const auto& errors = in.errors();
    const bool wrong = std::any_of(errors.begin(), errors.end(),
                                   [](const auto& error) { return error.starts_with("TURNKEY_BROKER"); });
    return wrong ? std::nullopt : std::optional(settings.broker);
  };
  CHECK(kind_of({}) == BrokerKind::turnkey);
  CHECK(kind_of({{"TURNKEY_BROKER", "turnkey"}}) == BrokerKind::turnkey);
  CHECK(kind_of({{"TURNKEY_BROKER", "stamping"}}) == BrokerKind::stamping);
  CHECK(kind_of({{"TURNKEY_BROKER", "plain"}}) == BrokerKind::plain);
  CHECK_FALSE(kind_of({{"TURNKEY_BROKER", "emqx"}}).has_value());
  CHECK_FALSE(kind_of({{"TURNKEY_BROKER", "Plain"}}).has_value());
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

TEST_CASE("a gauge that cannot be read does not take the others out of the scrape") {
  Metrics metrics;
  metrics.gauge("turnkey_broken", "Throws.", []() -> double { throw std::runtime_error("away"); });
  metrics.set("turnkey_fine", "Set.", {{"part", "a"}}, 3);
  const std::string text = metrics.text();
  CHECK(text.find("turnkey_broken Nan") != std::string::npos);
  CHECK(text.find("turnkey_fine{part=\"a\"} 3") != std::string::npos);
}
