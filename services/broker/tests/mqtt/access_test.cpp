// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using std::chrono::seconds;
using turnkey::testing::eventually;

namespace {

constexpr int kNotAuthorised = 0x87;
constexpr int kNotAuthorised311 = 5;

struct Setup {
  Setup() : database() {
    database.make_view();
    database.add(device);
    database.add(other);
    broker = std::make_unique<TestBroker>(BrokerSettings{
        database.broker_connection_string(), {"plugin_opt_repair_seconds 1"}, "<generated>", {}});
    eventually([&] { return broker->connect(other.identity())->connack() == 0; });
  }
  Device device = Device::make();
  Device other = Device::make();
  CredentialsDatabase database;
  std::unique_ptr<TestBroker> broker;
};

std::string change(const Device& device, int revision, bool revoked) {
  const std::string head = R"({"revision":)" + std::to_string(revision) + R"(,"changes":[{"accessKey":")" +
                           device.access_key + "\",";
  if (revoked) return head + R"("revoked":true}]})";
  return head + R"("deviceId":")" + device.id + R"(","secretHash":")" +
         turnkey::core::sha256_hex(device.secret) + "\"}]}";
}

}  // namespace

TEST_CASE_METHOD(Setup, "only the right key with its own device and secret logs in [S10]") {
  CHECK(broker->connect(device.identity())->connack() == 0);
  CHECK(broker->connect(device.identity(4))->connack() == 0);
  Device wrong = device;
  wrong.secret.back() = wrong.secret.back() == '0' ? '1' : '0';
  CHECK(broker->connect(wrong.identity())->connack() == kNotAuthorised);
  CHECK(broker->connect(wrong.identity(4))->connack() == kNotAuthorised311);
  for (const std::string& id :
       std::vector<std::string>{other.id, std::string("#"), std::string("devices/+"), std::string("x")}) {
    INFO(id);
    CHECK(broker->connect({id, device.access_key, device.secret, 5, {}})->connack() == kNotAuthorised);
  }
  CHECK(broker->connect({device.id, "", "", 5, {}})->connack() == kNotAuthorised);
  CHECK(broker->connect({device.id, turnkey::core::random_uuid(), device.secret, 5, {}})->connack() ==
        kNotAuthorised);
  Identity registry = broker->service("registry");
  CHECK(broker->connect(registry)->connack() == 0);
  registry.password += "x";
  CHECK(broker->connect(registry)->connack() == kNotAuthorised);
  registry = broker->service("registry");
  registry.client_id = "provisioning-1";
  CHECK(broker->connect(registry)->connack() == kNotAuthorised);
  CHECK(eventually([&] { return broker->log().find("wrong secret") != std::string::npos; }));
  CHECK(broker->log().find(device.secret) == std::string::npos);
}

TEST_CASE_METHOD(Setup,
                 "a device is denied every topic but its own two, and the services are unharmed [S10]") {
  const auto ingest = broker->connect(broker->service("telemetry-ingest"));
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(ingest->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
  REQUIRE(gateway->subscribe("devices/+/state") == 1);
  REQUIRE(gateway->subscribe("registry/devices/+") == 1);
  const auto attacker = broker->connect(device.identity());
  for (const std::string& filter : std::vector<std::string>{
           std::string("#"), std::string("$SYS/#"), std::string("+/+/state"), other.state(), other.command(),
           std::string("presence/+"), "$share/telemetry-ingest/devices/+/state", std::string("rpc-replies/+"),
           std::string("$share/x/#"), std::string("$CONTROL/#")}) {
    INFO(filter);
    CHECK(attacker->subscribe(filter) == kNotAuthorised);
  }
  CHECK(attacker->subscribe(device.command()) == 1);
  for (const std::string& topic : std::vector<std::string>{
           other.state(), other.command(), device.command(), "registry/devices/" + device.id,
           std::string("$CONTROL/turnkey/credentials"), std::string("$CONTROL/turnkey/journal"),
           std::string("rpc/registry/sign_in"), "presence/" + other.id, std::string("devices/state"),
           "devices/" + device.id + "/" + std::string(60'000, 's')}) {
    INFO(topic.substr(0, 60));
    const int mid = attacker->publish(topic, "{}");
    CHECK(eventually([&] { return attacker->puback(mid) == kNotAuthorised; }));
  }
  CHECK(attacker->alive());  // one firmware's mistake does not become a storm of connections
  CHECK(attacker->published(device.state(), "honest"));
  CHECK(eventually([&] { return gateway->received().size() == 1 && ingest->received().size() == 1; }));
  CHECK(gateway->received()[0].payload == "honest");
  CHECK(broker->log().find("denied client '" + device.id + "'") != std::string::npos);
}

TEST_CASE_METHOD(Setup, "a report of 256 KiB passes, one byte more is denied [S10]") {
  const auto client = broker->connect(device.identity());
  CHECK(client->published(device.state(), std::string(256UL * 1024, 'x')));
  int mid = client->publish(device.state(), std::string(256UL * 1024 + 1, 'x'));
  CHECK(eventually([&] { return client->puback(mid) == kNotAuthorised; }));
  CHECK(client->alive());
  // MQTT 3.1.1 has no PUBACK that says no.
  const auto old = broker->connect(device.identity(4));
  mid = old->publish(device.state(), std::string(256UL * 1024 + 1, 'x'));
  CHECK(eventually([&] { return !old->alive(); }));
  CHECK_FALSE(old->puback(mid));
}

TEST_CASE_METHOD(Setup, "a revocation cuts the live session within a second and keeps it out [S11]") {
  const auto registry = broker->connect(broker->service("registry"));
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("presence/+") == 1);
  const auto session = broker->connect(device.identity());
  REQUIRE(session->alive());
  REQUIRE(registry->published("$CONTROL/turnkey/credentials", change(device, 1000, true)));
  CHECK(eventually([&] { return !session->alive(); }, seconds(1)));
  CHECK(broker->connect(device.identity())->connack() == kNotAuthorised);
  CHECK(eventually([&] {
    const auto all = gateway->received_on("presence/" + device.id);
    return !all.empty() && all.back().payload.find(R"("reason":"revoked")") != std::string::npos;
  }));
  // Only the registry may say so.
  const auto ingest = broker->connect(broker->service("telemetry-ingest"));
  const int mid = ingest->publish("$CONTROL/turnkey/credentials", change(other, 2000, true));
  CHECK(eventually([&] { return ingest->puback(mid) == kNotAuthorised; }));
  CHECK(broker->connect(other.identity())->connack() == 0);
}

TEST_CASE_METHOD(Setup, "a key that the registry announces can log in at once [S11]") {
  const auto registry = broker->connect(broker->service("registry"));
  const Device fresh = Device::make();
  CHECK(broker->connect(fresh.identity())->connack() == kNotAuthorised);
  REQUIRE(registry->published("$CONTROL/turnkey/credentials", change(fresh, 1001, false)));
  CHECK(broker->connect(fresh.identity())->connack() == 0);
  REQUIRE(registry->published("$CONTROL/turnkey/credentials", "not JSON"));
  CHECK(registry->alive());
}

TEST_CASE_METHOD(Setup, "the repair finds keys and revocations that nobody announced [S11]") {
  const Device fresh = Device::make();
  database.add(fresh);
  std::unique_ptr<MqttClient> session;
  CHECK(
      eventually([&] { return (session = broker->connect(fresh.identity()))->connack() == 0; }, seconds(5)));
  database.revoke(fresh);
  CHECK(eventually([&] { return !session->alive(); }, seconds(5)));
}

TEST_CASE_METHOD(Setup, "a key whose transaction commits after younger ones is found by the repair [S11]") {
  const Device late = Device::make();
  const Device early = Device::make();
  std::unique_ptr<MqttClient> session;
  // The late one draws its revision first and commits only when the younger ones have been read.
  database.execute("CREATE TABLE registry.drawn AS SELECT nextval('registry.revisions') AS revision");
  for (int i = 0; i < 5; ++i) database.add(Device::make());
  database.add(early);
  REQUIRE(eventually([&] { return broker->connect(early.identity())->connack() == 0; }, seconds(5)));
  database.execute("INSERT INTO registry.keys SELECT '" + late.access_key + "', '" + late.id + "', '\\x" +
                   turnkey::core::sha256_hex(late.secret) + "', revision FROM registry.drawn");
  CHECK(eventually([&] { return broker->connect(late.identity())->connack() == 0; }, seconds(5)));
}

TEST_CASE("without a database services log in, and devices as soon as it is there") {
  CredentialsDatabase database;  // without the view
  const TestBroker broker({database.broker_connection_string(), {}, "<generated>", {}});
  const Device device = Device::make();
  CHECK(broker.connect(broker.service("registry"))->connack() == 0);
  CHECK(broker.connect(device.identity())->connack() == kNotAuthorised);
  CHECK(eventually([&] { return broker.log().find("cannot be read now") != std::string::npos; }));
  database.make_view();
  database.add(device);
  CHECK(eventually([&] { return broker.connect(device.identity())->connack() == 0; }));
}

TEST_CASE("the broker does not start without its services file's secrets, and says why [S1]") {
  for (const std::string& content :
       std::vector<std::string>{std::string(), std::string("registry:\n"), std::string("stranger:00\n")}) {
    TestBroker broker({"", {}, content, {}});
    CHECK(eventually([&] { return !broker.running(); }));
    CHECK(broker.log().find("services file") != std::string::npos);
  }
  TestBroker typo({"", {"plugin_opt_rots devices"}, "<generated>", {}});
  CHECK(eventually([&] { return !typo.running(); }));
  CHECK(typo.log().find("plugin_opt_rots is unknown") != std::string::npos);
}

TEST_CASE_METHOD(Setup, "presence follows the connection that owns the device, through a takeover") {
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("presence/+") == 1);
  CHECK(eventually([&] { return gateway->received_on("presence/broker").size() == 1; }));
  const std::string topic = "presence/" + device.id;
  auto first = broker->connect(device.identity());
  CHECK(eventually([&] { return gateway->received_on(topic).size() == 1; }));
  auto second = broker->connect(device.identity(4));
  CHECK(eventually([&] { return !first->alive() && gateway->received_on(topic).size() == 2; }));
  first.reset();
  CHECK(second->published(device.state(), "{}"));
  second->disconnect();
  CHECK(eventually([&] { return gateway->received_on(topic).size() == 3; }));
  const auto all = gateway->received_on(topic);
  CHECK(all[0].payload.find(R"("connected":true)") != std::string::npos);
  CHECK(all[1].payload.find(R"("connected":true)") != std::string::npos);
  CHECK(all[1].payload.find("taken_over") != std::string::npos);
  CHECK(eventually([&] {  // [S26] one key in two places is seen
    return broker->metrics().find("sessions_taken_over_total 1") != std::string::npos;
  }));
  CHECK(all[2].payload.find(R"("connected":false)") != std::string::npos);
  // Refused logins under the device's name change nothing.
  Device wrong = device;
  wrong.secret = std::string(64, '0');
  CHECK(broker->connect(wrong.identity())->connack() == kNotAuthorised);
  const auto late = broker->connect(broker->service("registry"));
  REQUIRE(late->subscribe("presence/+") == 1);
  CHECK(eventually([&] { return late->received_on(topic).size() == 1; }));
  CHECK(late->received_on(topic)[0].retained);
  CHECK(late->received_on(topic)[0].payload == all[2].payload);
}

TEST_CASE_METHOD(Setup, "a hang-up signal reads the services file again and keeps sessions") {
  const auto session = broker->connect(device.identity());
  const auto registry = broker->connect(broker->service("registry"));
  broker->signal(SIGHUP);
  CHECK(eventually([&] { return broker->log().find("services file was read again") != std::string::npos; }));
  CHECK(session->published(device.state(), "{}"));
  CHECK(registry->alive());
}

TEST_CASE_METHOD(Setup, "S11 a hang-up signal cuts a service whose password has changed, and no other") {
  const auto registry = broker->connect(broker->service("registry"));
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  auto renewed = broker->service("registry");
  renewed.password += "-renewed";
  broker->write_services("registry:" + turnkey::core::sha256_hex(renewed.password) + "\nexperience-gateway:" +
                         turnkey::core::sha256_hex(broker->service("experience-gateway").password) + "\n");
  broker->signal(SIGHUP);
  CHECK(eventually([&] { return !registry->alive(); }));
  CHECK(gateway->alive());
  CHECK(broker->connect(broker->service("registry"))->connack() == kNotAuthorised);
  CHECK(broker->connect(renewed)->connack() == 0);
}

TEST_CASE("a million credentials are loaded, the last one can log in", "[.][million]") {
  CredentialsDatabase database;
  database.make_view();
  database.execute(R"(INSERT INTO registry.keys SELECT gen_random_uuid()::text, lpad(to_hex(i), 24, '0'),
      sha256(i::text::bytea) FROM generate_series(1, 1000000) i)");
  const Device last = Device::make();
  database.add(last);
  const auto begin = std::chrono::steady_clock::now();
  const TestBroker broker({database.broker_connection_string(), {}, "<generated>", {}});
  CHECK(broker.connect(broker.service("registry"))->connack() == 0);
  CHECK(eventually([&] { return broker.connect(last.identity())->connack() == 0; }, seconds(30)));
  WARN("loaded in " << std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::steady_clock::now() - begin)
                           .count()
                    << " ms");
}

TEST_CASE_METHOD(Setup, "the gateway hears how the broker is, whenever it asks, and nobody else may") {
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("broker/health") < 0x80);
  eventually([&] { return !gateway->received_on("broker/health").empty(); });
  const auto health = nlohmann::json::parse(gateway->received_on("broker/health").front().payload);
  CHECK(health["journal"]["totalBytes"] > health["journal"]["freeBytes"]);
  CHECK(health["journal"]["bytes"] <= health["journal"]["limitBytes"]);
  for (const char* name : {"registry", "provisioning", "telemetry-ingest"})
    CHECK(broker->connect(broker->service(name))->subscribe("broker/health") == kNotAuthorised);
  const auto firmware = broker->connect(device.identity());
  CHECK(firmware->subscribe("broker/health") == kNotAuthorised);
  for (auto* client : {gateway.get(), firmware.get()}) {
    const int sent = client->publish("broker/health", "{}");
    eventually([&] { return client->puback(sent) == kNotAuthorised; });
  }
}
