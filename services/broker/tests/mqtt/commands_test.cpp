// SPDX-License-Identifier: Apache-2.0
// Commands for a device that is away, comes back, or comes back as somebody else's.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using turnkey::testing::eventually;

namespace {

struct Setup : OneDevice {
  Setup() : OneDevice({"", {"plugin_opt_repair_seconds 1"}}) {
    gateway = broker->connect(broker->service("experience-gateway"));
    REQUIRE(gateway->subscribe("presence/+") == 1);
  }
  // A session that stays, with its subscription.
  std::unique_ptr<MqttClient> connect(const Device& as) {
    Identity identity = as.identity(4);
    identity.keeps_session = true;
    auto client = broker->connect(identity);
    REQUIRE(client->connack() == 0);
    return client;
  }
  void leave(std::unique_ptr<MqttClient> client) {
    REQUIRE(client->subscribe(device.command()) == 1);
    const std::size_t before = gateway->received_on("presence/" + device.id).size();
    client->disconnect();
    REQUIRE(eventually([&] { return gateway->received_on("presence/" + device.id).size() > before; }));
  }
  void command(const std::string& payload, std::optional<std::uint32_t> valid_for_s) {
    Properties properties;
    if (valid_for_s) properties["turnkey-valid-for"] = std::to_string(*valid_for_s);
    const int mid =
        gateway->publish(device.command(), payload, 1, false, properties, valid_for_s.value_or(60));
    REQUIRE(eventually([&] { return gateway->puback(mid).value_or(0xFF) < 0x80; }));
  }

  std::unique_ptr<MqttClient> gateway;
};

std::vector<std::string> payloads(const MqttClient& client) {
  std::vector<std::string> all;
  for (const Received& one : client.received()) all.push_back(one.payload);
  return all;
}

}  // namespace

TEST_CASE_METHOD(Setup, "a device that was away gets what is still valid, and nothing that named no time") {
  leave(connect(device));
  command("at once", {});
  command("for a second", 1);
  command("for an hour", 3600);
  const auto sent = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] { return std::chrono::steady_clock::now() - sent > std::chrono::seconds(3); }));
  const auto back = connect(device);
  command("new", {});
  REQUIRE(eventually([&] { return payloads(*back).size() >= 2; }));
  CHECK(payloads(*back) == std::vector<std::string>{"for an hour", "new"});
  CHECK(eventually([&] { return broker->metrics().find("commands_not_kept_total 1") != std::string::npos; }));
}

TEST_CASE_METHOD(Setup, "a device that comes back within a command's time gets it once") {
  leave(connect(device));
  command("soon", 600);
  auto back = connect(device);
  REQUIRE(eventually([&] { return payloads(*back) == std::vector<std::string>{"soon"}; }));
  leave(std::move(back));
  back = connect(device);
  command("new", {});
  REQUIRE(eventually([&] { return !payloads(*back).empty(); }));
  CHECK(payloads(*back) == std::vector<std::string>{"new"});
}

TEST_CASE_METHOD(Setup, "what waits for a device does not reach it once its credentials are new [S14]") {
  leave(connect(device));
  command("of the owner before", 600);
  Device renewed = device;
  renewed.access_key = turnkey::core::random_uuid();
  renewed.secret = turnkey::core::random_hex(32);
  database.revoke(device);
  database.add(renewed);
  // The first login that succeeds takes the session that stayed.
  Identity identity = renewed.identity(4);
  identity.keeps_session = true;
  std::unique_ptr<MqttClient> back;
  REQUIRE(eventually([&] { return (back = broker->connect(identity))->connack() == 0; }));
  command("of the owner now", 600);
  REQUIRE(eventually([&] { return !payloads(*back).empty(); }));
  CHECK(payloads(*back) == std::vector<std::string>{"of the owner now"});
}

TEST_CASE_METHOD(Setup, "firmware sees nothing of what services say to the broker about a command") {
  const auto modern = broker->connect(device.identity());
  REQUIRE(modern->subscribe(device.command()) == 1);
  command("x", 600);
  REQUIRE(eventually([&] { return !modern->received().empty(); }));
  CHECK(modern->received().front().properties.empty());
  CHECK(modern->received().front().expiry_s.value_or(0) > 590);
}
