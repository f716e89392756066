// SPDX-License-Identifier: Apache-2.0
// What the clients of Losant's firmware put on the wire and wait for, byte for byte. The connection is a bare
// socket: nothing between these bytes and the broker.
#include <algorithm>
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "contracts/state_report.hpp"
#include "fixture/broker_fixture.hpp"
#include "fixture/wire.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using namespace std::string_literals;
using turnkey::contracts::AttributeType;
using turnkey::testing::eventually;

namespace {

// CONNECT of MQTT 3.1.1 with user name, password and a clean session; keep alive 60 s as the JavaScript
// client, client id of 24, user name of 36, password of 64.
const std::string kConnect =
    "\x10\x8c\x01\x00\x04MQTT\x04\xc2\x00\x3c"
    "\x00\x18"
    "5f3b0b0f9e8a4d00067c1a2e"
    "\x00\x24"
    "0b5f7a1e-3c77-4a51-9d5e-6a2f1d0c9b8a"
    "\x00\x40"
    "2f1d0c9b8a7e6f5d4c3b2a190807f6e5d4c3b2a1908f7e6d5c4b3a291807f6e5"s;
const std::string kWrongSecret = kConnect.substr(0, kConnect.size() - 1) + "4";
const std::string kAccepted = "\x20\x02\x00\x00"s;
const std::string kRefused = "\x20\x02\x00\x05"s;

// SUBSCRIBE of packet 1 to the own command topic at QoS 0, and its SUBACK.
const std::string kSubscribe =
    "\x82\x2c\x00\x01\x00\x27"
    "losant/5f3b0b0f9e8a4d00067c1a2e/command"
    "\x00"s;
const std::string kSubscribed = "\x90\x03\x00\x01\x00"s;

const std::string kStateTopic = "\x00\x25losant/5f3b0b0f9e8a4d00067c1a2e/state"s;

struct Setup : OneDevice {
  Setup()
      : OneDevice({}, {"5f3b0b0f9e8a4d00067c1a2e", "0b5f7a1e-3c77-4a51-9d5e-6a2f1d0c9b8a",
                       "2f1d0c9b8a7e6f5d4c3b2a190807f6e5d4c3b2a1908f7e6d5c4b3a291807f6e5"}) {
    ingest = broker->connect(broker->service("telemetry-ingest"));
    REQUIRE(ingest->subscribe("$share/telemetry-ingest/losant/+/state") == 1);
  }
  // A connection that was let in.
  std::unique_ptr<Wire> connect(const std::string& bytes = kConnect) const {
    auto wire = std::make_unique<Wire>(broker->port());
    wire->send(bytes);
    REQUIRE(wire->read(4) == kAccepted);
    return wire;
  }
  // What ingest got, once it is `count` reports.
  std::vector<Received> reports(std::size_t count) const {
    REQUIRE(eventually([&] { return ingest->received().size() >= count; }));
    return ingest->received();
  }

  std::unique_ptr<MqttClient> ingest;
};

std::string publish_at_most_once(const std::string& payload) { return packet('\x30', kStateTopic + payload); }
std::string publish_at_least_once(const std::string& payload) {
  return packet('\x32', kStateTopic + "\x00\x02"s + payload);
}
const std::string kPuback = "\x40\x02\x00\x02"s;

// How ingest reads a report of the device, received on 2026-11-22 at 21:50.
std::size_t readings_in(const std::string& payload) {
  static const turnkey::contracts::Attributes declared = {{"rpm", AttributeType::number, "rpm", 0, 3600},
                                                          {"running", AttributeType::boolean},
                                                          {"firmware", AttributeType::string}};
  const auto received = *turnkey::core::from_iso("2026-11-22T21:50:00.000Z");
  std::size_t count = 0;
  for (const auto& report : turnkey::contracts::parse_state_message(payload, declared, received).reports)
    count += report.readings.size();
  return count;
}

struct Sent {
  const char* by;
  std::string payload;
  std::size_t readings;  // that fit the declared attributes
};

const std::vector<Sent> kSent = {
    {"JavaScript", R"({"time":{"$date":"2026-11-22T21:48:05.130Z"},"data":{"rpm":1500.5,"running":true}})",
     2},
    {"Arduino, without a time", R"({"data":{"rpm":1500}})", 1},
    {"Python, ms", R"({"time": 1795384085130, "data": {"rpm": 1500}})", 1},
    {"Python, ms in $date", R"({"time": {"$date": 1795384085130}, "data": {"rpm": 1500}})", 1},
    {"seconds", R"({"time":1795384085,"data":{"rpm":1500}})", 1},
    {"ISO", R"({"time":"2026-11-22T21:48:05.130Z","data":{"rpm":1500}})", 1},
    {"ms before now", R"({"time":-60000,"data":{"rpm":1500}})", 1},
    {"Ruby, a backlog",
     R"([{"time":{"$date":"2026-11-22T21:46:05.130Z"},"data":{"rpm":1490}},)"
     R"({"time":{"$date":"2026-11-22T21:47:05.130Z"},"data":{"rpm":1495,"running":true}}])",
     3},
    {"null", R"({"time":{"$date":"2026-11-22T21:48:05.130Z"},"data":{"rpm":null,"running":false}})", 1},
    {"undefined", R"({"data":{"rpm":{"$undefined":true},"firmware":"1.4.2"}})", 1},
    {"nested", R"({"data":{"rpm":{"a":[1,2]},"running":[true],"firmware":"1.4.2"}})", 1},
    {"nothing that fits", R"({"data":{"rpm":null}})", 0},
    {"time of no kind", R"({"time":{"$date":{"$undefined":true}},"data":{"rpm":1}})", 1},
};

long occurrences(const std::string& text, const std::string& of) {
  long count = 0;
  for (std::size_t at = text.find(of); at != text.npos; at = text.find(of, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE_METHOD(Setup, "the bytes of Losant's clients connect, subscribe, ping and leave") {
  auto wire = connect();
  wire->send(kSubscribe);
  CHECK(wire->read(5) == kSubscribed);
  wire->send("\xc0\x00"s);
  CHECK(wire->read(2) == "\xd0\x00"s);
  wire->send("\xe0\x00"s);
  CHECK(wire->ends());
  // Arduino's and Python's: keep alive 15 s.
  std::string short_patience = kConnect;
  short_patience[12] = '\x0f';
  wire = connect(short_patience);
  wire->send(kSubscribe);
  CHECK(wire->read(5) == kSubscribed);
}

TEST_CASE_METHOD(Setup,
                 "every form of report of Losant's clients arrives as it was sent, at QoS 0 and 1 [S15]") {
  const auto wire = connect();
  std::size_t count = 0;
  for (const Sent& sent : kSent) {
    INFO(sent.by);
    wire->send(publish_at_most_once(sent.payload));
    CHECK(reports(++count).back().payload == sent.payload);
    wire->send(publish_at_least_once(sent.payload));
    CHECK(wire->read(4) == kPuback);
    CHECK(reports(++count).back().payload == sent.payload);
    CHECK(readings_in(sent.payload) == sent.readings);
  }
  // One whose PUBACK was lost comes again, with the flag that says so.
  std::string again = publish_at_least_once(kSent.front().payload);
  again[0] = '\x3a';
  wire->send(again);
  CHECK(wire->read(4) == kPuback);
}

TEST_CASE_METHOD(Setup, "a report in golden bytes gets a golden PUBACK") {
  const auto wire = connect();
  wire->send(
      "\x32\x7b\x00\x25losant/5f3b0b0f9e8a4d00067c1a2e/state\x00\x02"
      R"({"time":{"$date":"2026-11-22T21:48:05.130Z"},"data":{"rpm":1500.5,"running":true}})"s);
  CHECK(wire->read(4) == kPuback);
  CHECK(reports(1).front().topic == "losant/5f3b0b0f9e8a4d00067c1a2e/state");
}

TEST_CASE_METHOD(Setup, "a command reaches Losant's clients in golden bytes, with milliseconds") {
  const auto wire = connect();
  wire->send(kSubscribe);
  REQUIRE(wire->read(5) == kSubscribed);
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  const auto at = *turnkey::core::from_iso("2026-11-22T21:48:05Z");
  REQUIRE(gateway->published("losant/" + device.id + "/command",
                             turnkey::contracts::encode_command("start", {{"minutes", 5}}, at)));
  const std::string golden =
      "\x30\x7d\x00\x27losant/5f3b0b0f9e8a4d00067c1a2e/command"
      R"({"name":"start","payload":{"minutes":5},"time":{"$date":"2026-11-22T21:48:05.000Z"}})"s;
  CHECK(golden.size() <= 256);  // what Arduino's client takes at once
  CHECK(wire->read(golden.size()) == golden);
}

TEST_CASE_METHOD(Setup, "firmware that is refused and tries again for ever hurts nobody [S21]") {
  const auto honest = connect();
  const std::string report = publish_at_least_once(kSent.front().payload);
  constexpr int kClients = 20;
  constexpr int kRounds = 20;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::chrono::steady_clock::duration> round_trips;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::unique_ptr<Wire>> stubborn;
    for (int i = 0; i < kClients; ++i) {
      stubborn.push_back(std::make_unique<Wire>(broker->port()));
      stubborn.back()->send(kWrongSecret);
    }
    const auto begin = std::chrono::steady_clock::now();
    honest->send(report);
    REQUIRE(honest->read(4) == kPuback);
    round_trips.push_back(std::chrono::steady_clock::now() - begin);
    for (const auto& wire : stubborn) {
      REQUIRE(wire->read(4) == kRefused);
      REQUIRE(wire->ends());
    }
  }
  // Twenty logins are refused before each report and cost it microseconds; the limit leaves room for a busy
  // machine.
  std::sort(round_trips.begin(), round_trips.end());
  CHECK(round_trips[round_trips.size() / 2] < std::chrono::milliseconds(250));
  CHECK(reports(kRounds).size() == kRounds);
  // All are counted; the log has five lines a second at most.
  const std::string counted = "\"wrong_secret\"} " + std::to_string(kClients * kRounds);
  CHECK(eventually([&] { return broker->metrics().find(counted) != std::string::npos; }));
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count();
  const auto lines = occurrences(broker->log(), "wrong secret");
  CHECK(lines >= 1);
  CHECK(lines <= 5 * (seconds + 1));
}
