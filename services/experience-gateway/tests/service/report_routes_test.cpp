// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>

#include "core/base64.hpp"
#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using broker::tests::Device;

namespace {

std::string basic(const std::string& key, const std::string& secret) {
  return "Authorization: Basic " + core::to_base64(key + ":" + secret) + "\r\n";
}

// A device: no cookie, no Origin.
Answer report(const std::string& id, const std::string& headers, const std::string& body) {
  const Browser device{stage().app->http_port(), "", ""};
  return device.send("POST", "/api/devices/" + id + "/state", headers, body);
}

Answer report(const Device& device, const std::string& body) {
  return report(device.id, basic(device.access_key, device.secret), body);
}

// Of a client id that the stage's own does not take back.
std::unique_ptr<broker::tests::MqttClient> ingest_beside() {
  auto identity = stage().broker->service("telemetry-ingest");
  identity.client_id = "telemetry-ingest-beside";
  auto client = stage().broker->connect(identity);
  REQUIRE(client->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
  return client;
}

}  // namespace

TEST_CASE("a device without MQTT reports over HTTP, and the broker journals and stamps it [S22]") {
  auto& s = stage();
  const Device device = s.device("", s.clock.now()).device;
  const auto ingest = ingest_beside();
  REQUIRE(testing::eventually([&] { return report(device, R"({"data":{"rpm":1}})").status == 202; }));
  CHECK(report(device, R"([{"data":{"rpm":2}},{"data":{"rpm":3},"time":-1000}])").status == 202);
  REQUIRE(testing::eventually([&] { return ingest->received_on(device.state()).size() == 2; }));
  const auto all = ingest->received_on(device.state());
  CHECK(all[0].payload == R"({"data":{"rpm":1}})");
  CHECK(all[1].payload == R"([{"data":{"rpm":2}},{"data":{"rpm":3},"time":-1000}])");
  for (const auto& one : all) {
    CHECK(one.properties.size() == 2);
    CHECK(contracts::ReportId::parse(one.properties.at("turnkey-id")));
    CHECK(one.properties.at("turnkey-time").size() == 13);
  }
  // The MQTT session of a device that does both goes on.
  const auto session = s.broker->connect(device.identity());
  REQUIRE(session->connack() == 0);
  CHECK(report(device, "{}").status == 202);
  CHECK(session->alive());
}

TEST_CASE("S4 S10 unknown devices, foreign keys and wrong secrets are the same bytes, and report nothing") {
  auto& s = stage();
  const Device device = s.device("", s.clock.now()).device;
  const Device other = s.device("", s.clock.now()).device;
  REQUIRE(testing::eventually(
      [&] { return report(device, "{}").status == 202 && report(other, "{}").status == 202; }));
  const auto ingest = ingest_beside();
  const std::string right = basic(device.access_key, device.secret);
  std::set<std::string> bytes;
  const auto refused = [&](const Answer& answer) {
    CHECK(answer.status == 401);
    CHECK(answer.header("www-authenticate") == "Basic realm=\"device\"");
    bytes.insert(answer.bytes());
  };
  refused(report(other.id, right, "{}"));
  refused(report(core::random_hex_id(), right, "{}"));
  refused(report("none", right, "{}"));
  refused(report(device.id, basic(device.access_key, std::string(64, '0')), "{}"));
  refused(report(device.id, basic(core::random_uuid(), device.secret), "{}"));
  refused(report(device.id, basic(device.access_key, ""), "{}"));
  refused(report(device.id, basic("registry", s.broker->service("registry").password), "{}"));
  refused(report(device.id, "", "{}"));
  refused(report(device.id, "Authorization: Bearer " + device.secret + "\r\n", "{}"));
  refused(report(device.id, "Authorization: Basic !!!\r\n", "{}"));
  refused(report(device.id, "Authorization: Basic " + std::string(4000, 'A') + "\r\n", "{}"));
  CHECK(bytes.size() == 1);
  CHECK(report(device, R"({"data":{"honest":1}})").status == 202);
  REQUIRE(testing::eventually([&] { return !ingest->received_on(device.state()).empty(); }));
  CHECK(ingest->received_on(device.state()).front().payload == R"({"data":{"honest":1}})");
  CHECK(ingest->received_on(other.state()).empty());
}

TEST_CASE("S21 a report over HTTP is at most 256 KiB, as over MQTT") {
  auto& s = stage();
  const Device device = s.device("", s.clock.now()).device;
  REQUIRE(testing::eventually([&] { return report(device, "{}").status == 202; }));
  CHECK(report(device, std::string(256UL * 1024, ' ')).status == 202);
  CHECK(report(device, std::string(256UL * 1024 + 1, ' ')).status == 413);
}

TEST_CASE("S11 a revoked key reports nothing any more over HTTP") {
  auto& s = stage();
  const Device device = s.device("", s.clock.now()).device;
  REQUIRE(testing::eventually([&] { return report(device, "{}").status == 202; }));
  s.credentials.revoke(device);
  CHECK(testing::eventually([&] { return report(device, "{}").status == 401; }));
}
