// SPDX-License-Identifier: Apache-2.0
// The App between a real PostgreSQL and a real Mosquitto without the plugin: nothing but MQTT 5.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "service/ingest_setup.hpp"
#include "testing/plain_broker.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace turnkey::ingest::tests;
using namespace std::chrono_literals;
using broker::tests::MqttClient;
using broker::tests::Properties;
using contracts::BrokerKind;
using contracts::Json;
using testing::eventually;

namespace {

struct Plain {
  explicit Plain(BrokerKind kind) {
    gateway.start();
    provisioning.start();
    REQUIRE(gateway.wait_connected(10s));
    REQUIRE(provisioning.wait_connected(10s));
    gateway.subscribe("provisioning/+/press", 1, [this](const bus::Message& message) {
      const std::lock_guard lock(mutex);
      told.push_back(message);
    });
    for (int replica = 1; replica <= 2; ++replica)
      apps.push_back(std::make_unique<App>(config(kind, replica)));
    for (const auto& app : apps) {
      REQUIRE(eventually([&] { return Setup::get(app->internal_port(), "/readyz").starts_with("200"); }));
      REQUIRE(eventually([&] { return metric(*app, "turnkey_ingest_devices_known") == "2"; }));
    }
    REQUIRE(sender.connack() == 0);
  }

  Config config(BrokerKind kind, int replica) const {
    Config config;
    config.common.name = "telemetry-ingest";
    config.common.broker = kind;
    config.common.bus = broker.service("telemetry-ingest", std::to_string(replica));
    config.common.database = testing::Postgres::instance().connection_string(database, "turnkey_telemetry");
    config.common.internal_address = "127.0.0.1";
    config.spool_dir = folder.path() + "/spool" + std::to_string(replica);
    return config;
  }
  static std::string metric(const App& app, const std::string& name) {
    const std::string all = Setup::get(app.internal_port(), "/metrics");
    const auto at = all.find("\n" + name + " ");
    return at == std::string::npos
               ? ""
               : all.substr(at + name.size() + 2, all.find('\n', at + 1) - at - name.size() - 2);
  }
  int unstamped(const std::string& by) const {
    int sum = 0;
    for (const auto& app : apps) {
      const auto text = metric(*app, "turnkey_ingest_unstamped_total{by=\"" + by + "\"}");
      if (!text.empty()) sum += std::stoi(text);
    }
    return sum;
  }
  int counted(const std::string& name) const {
    const auto rows = pool.transaction([&](pqxx::work& tx) {
      return tx.exec_params("select coalesce(sum(value), 0) from counters where name = $1", name);
    });
    return rows[0][0].as<int>();
  }
  void send(const std::string& payload, const Properties& properties = {}) {
    const int mid = sender.publish(device.state(), payload, 1, false, properties);
    REQUIRE(eventually([&] { return sender.puback(mid).has_value(); }));
  }
  core::ProvisioningId open_window() {
    const auto id = *core::DeviceId::parse(device.id);
    const auto now = core::SystemClock().now();
    const contracts::Window window{core::ProvisioningId::random(), now - 10s, now + 240s};
    bus::Publication publication;
    publication.topic = contracts::topics::windows(id);
    publication.payload = contracts::encode_windows({id, "register_button", {window}});
    publication.retain = true;
    REQUIRE(provisioning.publish_and_wait(publication, 5s));
    for (const auto& app : apps)
      REQUIRE(eventually([&] { return metric(*app, "turnkey_ingest_devices_with_windows") == "1"; }));
    return window.provisioning_id;
  }
  // Two replicas may tell the same press: it has one id.
  std::set<std::string> presses_on(const core::ProvisioningId& provisioning_id) {
    const std::lock_guard lock(mutex);
    std::set<std::string> ids;
    for (const auto& message : told) {
      if (message.topic == contracts::topics::press(provisioning_id))
        ids.insert(Json::parse(message.payload).at("pressId").get<std::string>());
    }
    return ids;
  }

  testing::TemporaryFolder folder;
  std::string database = testing::Postgres::instance().create_database();
  Device device = Device::make();
  Device other = Device::make();
  testing::PlainBroker broker{{{device.access_key, device.secret}, {other.access_key, other.secret}}};
  PlayedRegistry registry{broker.service("registry", "test"), {device, other}};
  std::mutex mutex;
  std::vector<bus::Message> told;
  bus::Client gateway{broker.service("experience-gateway", "test")};
  bus::Client provisioning{broker.service("provisioning", "test")};
  bus::RpcCaller caller{gateway};
  mutable pg::Pool pool{
      pg::PoolOptions{.connection_string = testing::Postgres::instance().admin_connection_string(database),
                      .search_path = "telemetry"}};
  std::vector<std::unique_ptr<App>> apps;
  MqttClient sender{broker.port(), device.identity()};
};

struct WithPlain : Plain {
  WithPlain() : Plain(BrokerKind::plain) {}
};
struct WithStamping : Plain {
  WithStamping() : Plain(BrokerKind::stamping) {}
};

std::string at(core::Timestamp time, const std::string& data = R"("power":12.5)") {
  return fmt::format(R"({{"time":{{"$date":"{}"}},"data":{{{}}}}})", core::to_iso(time), data);
}

}  // namespace

TEST_CASE_METHOD(WithPlain,
                 "a broker without the plugin: reports are stored, stamped on arrival and counted") {
  const auto before = core::SystemClock().now();
  send(R"({"data":{"power":12.5}})");
  send(R"({"data":{"power":12.5}})");
  REQUIRE(eventually([&] { return counted("stored") == 2; }));
  CHECK(unstamped("arrival") == 2);
  CHECK(counted("duplicate") == 0);
  const auto latest =
      caller.call("telemetry-ingest", "latest", {{"devices", {{{"deviceId", device.id}}}}}, "");
  REQUIRE(latest);
  const Json& power = latest->at("items").at(0).at("latest").at("power");
  CHECK(power.at("value") == 12.5);
  CHECK(*core::from_iso(power.at("time").get<std::string>()) >= before);
}

TEST_CASE_METHOD(
    WithPlain,
    "a broker without the plugin: a report with a time of its own counts once, whichever replica has it") {
  const auto now = core::SystemClock().now();
  for (int i = 0; i < 4; ++i)
    send(at(now - 3s));  // a device that had no PUBACK sends again; shared by two replicas
  send(at(now - 2s));
  REQUIRE(eventually([&] { return counted("received") == 5; }));
  CHECK(counted("stored") == 2);
  CHECK(counted("duplicate") == 3);
  CHECK(unstamped("own_time") == 5);
}

TEST_CASE_METHOD(WithPlain,
                 "S8: a broker without the plugin: what a device attaches to a press counts for nothing") {
  const auto provisioning_id = open_window();
  const auto long_ago = std::to_string(core::to_epoch_ms(core::SystemClock().now() - 1h));
  send(R"({"data":{"register_button":true}})",
       {{"turnkey-id", "00112233445566ff-7-42"}, {"turnkey-time", long_ago}, {"turnkey-retained", "1"}});
  REQUIRE(eventually([&] { return presses_on(provisioning_id).size() == 1; }));
  CHECK(presses_on(provisioning_id).begin()->starts_with("0000000000000000-"));
  send(at(core::SystemClock().now(), R"("register_button":true)"));
  REQUIRE(eventually([&] { return presses_on(provisioning_id).size() == 2; }));
}

TEST_CASE_METHOD(WithPlain,
                 "S10: a broker without the plugin: its ACL keeps a client to the topics of its client id") {
  const int mid = sender.publish(other.state(), R"({"data":{"power":1}})");
  REQUIRE(eventually([&] { return sender.puback(mid).has_value(); }));
  CHECK(sender.puback(mid) == 0x87);
  send(R"({"data":{"power":2}})");
  REQUIRE(eventually([&] { return counted("stored") == 1; }));
  CHECK(counted("received") == 1);
}

TEST_CASE_METHOD(WithStamping,
                 "a stamping broker: its time is the report's, and the same report counts once") {
  const auto stamp = core::SystemClock().now() - 90s;
  const Properties stamped = {{"turnkey-time", std::to_string(core::to_epoch_ms(stamp))}};
  for (int i = 0; i < 3; ++i) send(R"({"data":{"power":7}})", stamped);
  send(R"({"data":{"power":7}})", {{"turnkey-time", std::to_string(core::to_epoch_ms(stamp + 1ms))}});
  REQUIRE(eventually([&] { return counted("received") == 4; }));
  CHECK(counted("stored") == 2);
  CHECK(counted("duplicate") == 2);
  CHECK(unstamped("arrival") + unstamped("own_time") == 0);
  const auto latest =
      caller.call("telemetry-ingest", "latest", {{"devices", {{{"deviceId", device.id}}}}}, "");
  REQUIRE(latest);
  CHECK(latest->at("items").at(0).at("latest").at("power").at("time") == core::to_iso(stamp + 1ms));
}

TEST_CASE_METHOD(
    WithStamping,
    "a stamping broker: a press counts by the broker's time, once, and not outside of the window") {
  const auto provisioning_id = open_window();
  const auto stamped = [](core::Timestamp time) -> Properties {
    return {{"turnkey-time", std::to_string(core::to_epoch_ms(time))}};
  };
  const std::string press = R"({"data":{"register_button":true}})";
  const auto now = core::SystemClock().now();
  send(press, stamped(now - 60s));
  for (int i = 0; i < 3; ++i) send(press, stamped(now));
  REQUIRE(eventually([&] { return counted("received") == 4; }));
  REQUIRE(eventually([&] { return !presses_on(provisioning_id).empty(); }));
  CHECK(presses_on(provisioning_id).size() == 1);
}

TEST_CASE_METHOD(WithPlain, "a broker without the plugin: services go on after it was killed") {
  broker.kill_and_start();
  MqttClient again{broker.port(), device.identity()};
  REQUIRE(again.connack() == 0);
  REQUIRE(eventually(
      [&] {
        for (const auto& app : apps)
          if (!Setup::get(app->internal_port(), "/readyz").starts_with("200")) return false;
        return true;
      },
      30s));
  REQUIRE(again.published(device.state(), R"({"data":{"power":3}})"));
  REQUIRE(eventually([&] { return counted("stored") >= 1; }));
}
