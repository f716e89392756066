// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "core/hash.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using std::chrono::seconds;
using turnkey::testing::eventually;

namespace {

// An integration's id and key have the forms of a device's.
struct Integrated {
  Integrated() {
    database.make_view();
    database.add_integration(integration);
    database.add_integration(other);
    database.add(device);
    broker = std::make_unique<TestBroker>(BrokerSettings{
        database.broker_connection_string(), {"plugin_opt_repair_seconds 1"}, "<generated>", {}});
    eventually([&] { return broker->connect(other.identity())->connack() == 0; });
    registry = broker->connect(broker->service("registry"));
  }
  std::string topic() const { return "events/" + integration.id; }
  Device integration = Device::make();
  Device other = Device::make();
  Device device = Device::make();
  CredentialsDatabase database;
  std::unique_ptr<TestBroker> broker;
  std::unique_ptr<MqttClient> registry;
};

}  // namespace

TEST_CASE_METHOD(Integrated, "S10 an integration hears its own events, and is denied everything else") {
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("presence/+") == 1);
  const auto client = broker->connect(integration.identity());
  REQUIRE(client->connack() == 0);
  CHECK(client->subscribe(topic()) == 1);
  for (const std::string& filter :
       std::vector<std::string>{"#", "events/+", "events/" + other.id, "devices/" + device.id + "/state",
                                integration.command(), "presence/+", "registry/devices/+", "$SYS/#"}) {
    INFO(filter);
    CHECK(client->subscribe(filter) == 0x87);
  }
  CHECK_FALSE(client->published(topic(), "{}"));
  CHECK_FALSE(client->published(integration.state(), R"({"data":{}})"));
  CHECK(registry->published("events/" + other.id, "not yours"));
  CHECK(registry->published(topic(), "yours"));
  CHECK(eventually([&] { return client->received().size() == 1; }));
  CHECK(client->received().front().payload == "yours");
  const auto its_device = broker->connect(device.identity());
  CHECK(eventually([&] { return gateway->received_on("presence/" + device.id).size() == 1; }));
  CHECK(gateway->received_on("presence/" + integration.id).empty());
}

TEST_CASE_METHOD(Integrated, "an integration that keeps its session finds the events of its absence") {
  Identity kept = integration.identity(4);
  kept.keeps_session = true;
  {
    const auto client = broker->connect(kept);
    REQUIRE(client->subscribe(topic()) == 1);
    client->disconnect();
  }
  REQUIRE(registry->published(topic(), "while away"));
  const auto client = broker->connect(kept);
  CHECK(eventually([&] { return client->received_on(topic()).size() == 1; }));
}

TEST_CASE_METHOD(Integrated,
                 "S11 a revoked key of an integration is cut within a second, and so is a rotated") {
  const auto client = broker->connect(integration.identity());
  REQUIRE(client->subscribe(topic()) == 1);
  Device next = integration;
  next.access_key = Device::make().access_key;
  REQUIRE(registry->published("$CONTROL/turnkey/credentials",
                              R"({"revision":900,"changes":[{"accessKey":")" + integration.access_key +
                                  R"(","revoked":true},{"accessKey":")" + next.access_key +
                                  R"(","integrationId":")" + next.id + R"(","secretHash":")" +
                                  turnkey::core::sha256_hex(next.secret) + R"("}]})"));
  CHECK(eventually([&] { return !client->alive(); }, seconds(1)));
  CHECK(broker->connect(integration.identity())->connack() == 0x87);
  const auto again = broker->connect(next.identity());
  CHECK(again->connack() == 0);
  CHECK(again->subscribe(topic()) == 1);
}
