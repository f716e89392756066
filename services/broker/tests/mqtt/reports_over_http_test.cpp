// SPDX-License-Identifier: Apache-2.0
// Reports that the gateway brings for devices without MQTT: each shows its device's own key and secret.
#include <catch2/catch.hpp>
#include <csignal>

#include "core/random.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using turnkey::testing::eventually;

namespace {

constexpr int kNotAuthorised = 0x87;

struct Setup : OneDevice {
  explicit Setup(std::vector<std::string> options = {}) : OneDevice({"", std::move(options)}) {
    gateway = broker->connect(broker->service("experience-gateway"));
    ingest = broker->connect(broker->service("telemetry-ingest"));
    REQUIRE(ingest->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
  }
  Properties shown(const Device& by) const {
    return {{"turnkey-key", by.access_key}, {"turnkey-secret", by.secret}, {"turnkey-address", "192.0.2.7"}};
  }
  int answer(const std::string& topic, const std::string& payload, const Properties& properties) const {
    const int mid = gateway->publish(topic, payload, 1, false, properties);
    REQUIRE(eventually([&] { return gateway->puback(mid).has_value(); }));
    return *gateway->puback(mid);
  }
  std::unique_ptr<MqttClient> gateway;
  std::unique_ptr<MqttClient> ingest;
};

struct Tight : Setup {
  Tight() : Setup({"plugin_opt_journal_segment_bytes 2048", "plugin_opt_journal_max_bytes 16384"}) {}
};

}  // namespace

TEST_CASE_METHOD(Setup,
                 "a report that the gateway brings is journaled and stamped like any other [S8] [S22]") {
  const auto session = broker->connect(device.identity());
  REQUIRE(session->connack() == 0);
  CHECK(answer(device.state(), "over HTTP", shown(device)) < 0x80);
  REQUIRE(eventually([&] { return ingest->received().size() == 1; }));
  const Received report = ingest->received().front();
  CHECK(report.payload == "over HTTP");
  CHECK(report.properties.size() == 2);  // no key and no secret go on
  CHECK(report.properties.at("turnkey-id").find("-0-0") == 16);
  CHECK(report.properties.at("turnkey-time").size() == 13);
  CHECK(session->alive());
  // It is there after a kill that ingest knew nothing of.
  broker->stop(SIGKILL);
  broker->start();
  const auto again = broker->connect(broker->service("telemetry-ingest"));
  REQUIRE(again->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
  REQUIRE(again->published("$CONTROL/turnkey/journal", R"({"hello":true})"));
  REQUIRE(eventually([&] { return !again->received().empty(); }));
  CHECK(again->received().front().payload == "over HTTP");
}

TEST_CASE_METHOD(Setup,
                 "the gateway reports for no device whose key and secret it does not show [S8] [S10]") {
  const Device other = Device::make();
  database.add(other);
  Device wrong = device;
  wrong.secret.back() = wrong.secret.back() == '0' ? '1' : '0';
  Device stranger = Device::make();
  CHECK(answer(device.state(), "x", {}) == kNotAuthorised);
  CHECK(answer(device.state(), "x", shown(wrong)) == kNotAuthorised);
  CHECK(answer(device.state(), "x", shown(other)) == kNotAuthorised);
  CHECK(answer(stranger.state(), "x", shown(stranger)) == kNotAuthorised);
  CHECK(answer("devices/" + device.id + "/login", "", shown(wrong)) == kNotAuthorised);
  CHECK(answer("devices/" + device.id + "/login", "", shown(device)) < 0x80);
  // A service's own password opens nothing.
  Device service = device;
  service.access_key = "registry";
  service.secret = broker->service("registry").password;
  CHECK(answer(device.state(), "x", shown(service)) == kNotAuthorised);
  CHECK(gateway->alive());
  CHECK(answer(device.state(), "honest", shown(device)) < 0x80);
  REQUIRE(eventually([&] { return !ingest->received().empty(); }));
  CHECK(ingest->received().front().payload == "honest");
  CHECK(broker->log().find(wrong.secret) == std::string::npos);
  // No other service may bring reports, whatever it shows.
  const auto provisioning = broker->connect(broker->service("provisioning"));
  const int mid = provisioning->publish(device.state(), "x", 1, false, shown(device));
  CHECK(eventually([&] { return provisioning->puback(mid) == kNotAuthorised; }));
}

TEST_CASE_METHOD(Setup, "a key that is bound to addresses reports over HTTP from there alone [S11]") {
  database.execute(
      "UPDATE registry.keys SET allowed_addresses = '{198.51.100.0/24}', revision = "
      "nextval('registry.revisions')");
  Properties properties = shown(device);
  REQUIRE(eventually([&] { return answer(device.state(), "x", properties) == kNotAuthorised; }));
  properties["turnkey-address"] = "198.51.100.9";
  CHECK(answer(device.state(), "x", properties) < 0x80);
}

TEST_CASE_METHOD(Tight,
                 "a full journal refuses a report over HTTP whose key is right, which can be told [S22]") {
  const std::string report(500, 'x');
  int accepted = 0;
  while (accepted < 100 && answer(device.state(), report, shown(device)) < 0x80) ++accepted;
  CHECK(accepted > 10);
  REQUIRE(accepted < 100);
  CHECK(gateway->alive());
  CHECK(answer("devices/" + device.id + "/login", "", shown(device)) < 0x80);
}
