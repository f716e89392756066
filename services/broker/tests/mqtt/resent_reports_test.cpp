// SPDX-License-Identifier: Apache-2.0
// A device whose PUBACK got lost sends the report again: it keeps its id. The connection is a bare socket,
// because no client library sends again what was acknowledged.
#include <catch2/catch.hpp>
#include <csignal>

#include "fixture/broker_fixture.hpp"
#include "fixture/wire.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using namespace std::string_literals;
using turnkey::testing::eventually;

namespace {

constexpr char kKeepSession = '\xc0';  // user name and password, no clean session
constexpr char kCleanSession = '\xc2';

struct Setup : OneDevice {
  Setup() { connect_ingest(); }
  void connect_ingest() {
    ingest = broker->connect(broker->service("telemetry-ingest"));
    REQUIRE(ingest->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
  }
  std::unique_ptr<Wire> connect(char flags = kKeepSession) const {
    auto wire = std::make_unique<Wire>(broker->port());
    wire->send(packet('\x10', field("MQTT") + "\x04"s + flags + "\x00\x3c"s + field(device.id) +
                                  field(device.access_key) + field(device.secret)));
    const std::string answer = wire->read(4);
    REQUIRE(answer.size() == 4);
    REQUIRE(answer[3] == '\x00');
    return wire;
  }
  // At QoS 1, and waits for its PUBACK.
  void report(const Wire& wire, const std::string& payload, bool again = false) const {
    wire.send(packet(again ? '\x3a' : '\x32', field(device.state()) + "\x00\x07"s + payload));
    REQUIRE(wire.read(4) == "\x40\x02\x00\x07"s);
  }
  std::vector<Received> reports(std::size_t count) const {
    REQUIRE(eventually([&] { return ingest->received().size() >= count; }));
    return ingest->received();
  }

  std::unique_ptr<MqttClient> ingest;
};

const std::string& id_of(const Received& report) { return report.properties.at("turnkey-id"); }

}  // namespace

TEST_CASE_METHOD(Setup, "a report that a device sends again after a break keeps its id and its time") {
  auto wire = connect();
  report(*wire, "one");
  report(*wire, "two");
  const auto broken = std::move(wire);  // for the broker it lives on
  wire = connect();
  report(*wire, "two", true);
  report(*wire, "three");
  const auto all = reports(4);
  CHECK(id_of(all[2]) == id_of(all[1]));
  CHECK(all[2].properties.at("turnkey-time") == all[1].properties.at("turnkey-time"));
  CHECK(all[2].properties.at("turnkey-dup") == "1");
  CHECK(id_of(all[3]) != id_of(all[1]));
  CHECK(all[3].properties.count("turnkey-dup") == 0);
  CHECK(eventually([&] { return broker->metrics().find("reports_resent_total 1") != std::string::npos; }));
}

TEST_CASE_METHOD(Setup, "a report that a device sends again after a kill of the broker keeps its id") {
  {
    const auto wire = connect();
    report(*wire, "one");
  }
  const auto before = reports(1);
  broker->stop(SIGKILL);
  broker->start();
  await_device();
  connect_ingest();
  const auto wire = connect();
  report(*wire, "one", true);
  const auto after = reports(1);
  CHECK(id_of(after[0]) == id_of(before[0]));
}

TEST_CASE_METHOD(Setup, "the same words on a clean session, or after an end, are a new report") {
  const bool ended = GENERATE(false, true);
  auto first = connect();
  report(*first, "one");
  if (ended) first = nullptr;
  const auto second = connect(ended ? kKeepSession : kCleanSession);
  report(*second, "one");
  const auto all = reports(2);
  CHECK(id_of(all[0]) != id_of(all[1]));
}
