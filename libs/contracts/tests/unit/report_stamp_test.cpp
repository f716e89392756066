// SPDX-License-Identifier: Apache-2.0
#include "contracts/report_stamp.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"

using namespace turnkey;
using namespace turnkey::contracts;
using namespace std::chrono_literals;

namespace {

const core::Timestamp kNow = *core::from_iso("2026-11-22T21:48:05.130Z");
constexpr std::string_view kTopic = "devices/0123456789abcdef01234567/state";
constexpr std::string_view kPlain = R"({"data":{"power":1}})";

Delivery delivery(std::string_view payload = kPlain) {
  Delivery one;
  one.topic = kTopic;
  one.payload = payload;
  one.now = kNow;
  one.arrival = "replica-1";
  return one;
}

std::string timed(core::Timestamp at) {
  return fmt::format(R"({{"time":{{"$date":"{}"}},"data":{{"power":1}}}})", core::to_iso(at));
}

}  // namespace

TEST_CASE("the plugin's id and time are taken as they are") {
  auto one = delivery();
  one.id = "00112233445566ff-7-42";
  one.time = "1700000000123";
  const auto stamp = stamp_of(BrokerKind::turnkey, one);
  CHECK(stamp.id == "00112233445566ff-7-42");
  CHECK(core::to_epoch_ms(stamp.received) == 1'700'000'000'123);
  CHECK(stamp.by == StampedBy::broker);
}

TEST_CASE("a report without the plugin's id is nobody's where there should be one") {
  auto one = delivery(timed(kNow));
  CHECK(stamp_of(BrokerKind::turnkey, one).by == StampedBy::nobody);
  CHECK(stamp_of(BrokerKind::turnkey, one).id.empty());
  one.time = "1700000000123";
  one.id = "not an id";
  CHECK(stamp_of(BrokerKind::turnkey, one).by == StampedBy::nobody);
  CHECK(core::to_epoch_ms(stamp_of(BrokerKind::turnkey, one).received) == 1'700'000'000'123);
}

TEST_CASE("S8: an id that a client attached counts for nothing without the plugin") {
  auto one = delivery();
  one.id = "00112233445566ff-7-42";
  one.time = "1700000000123";
  for (const auto kind : {BrokerKind::plain, BrokerKind::stamping})
    CHECK(stamp_of(kind, one).id != "00112233445566ff-7-42");
  CHECK(stamp_of(BrokerKind::plain, one).received == kNow);
}

TEST_CASE("a stamping broker's time and the report make the id, whenever it is delivered") {
  auto one = delivery();
  one.time = "1700000000123";
  auto again = one;
  again.now = kNow + 5s;
  again.arrival = "replica-2";
  const auto stamp = stamp_of(BrokerKind::stamping, one);
  CHECK(stamp.id == stamp_of(BrokerKind::stamping, again).id);
  CHECK(core::to_epoch_ms(stamp.received) == 1'700'000'000'123);
  auto later = one;
  later.time = "1700000000124";
  CHECK(stamp.id != stamp_of(BrokerKind::stamping, later).id);
  const auto id = ReportId::parse(stamp.id);
  REQUIRE(id);
  CHECK(id->journal == "0000000000000000");
  CHECK(id->segment == 1'700'000'000);
}

TEST_CASE("a stamping broker that did not stamp is a plain one") {
  CHECK(stamp_of(BrokerKind::stamping, delivery()).by == StampedBy::arrival);
  auto one = delivery();
  for (const auto* time : {"", "soon", "-1", "12 "}) {
    one.time = time;
    CHECK(stamp_of(BrokerKind::stamping, one).received == kNow);
  }
}

TEST_CASE("a report's own time identifies it with a plain broker") {
  const auto text = timed(kNow - 3s);
  auto again = delivery(text);
  again.now = kNow + 1h;
  again.arrival = "replica-2";
  const auto stamp = stamp_of(BrokerKind::plain, delivery(text));
  CHECK(stamp.by == StampedBy::own_time);
  CHECK(stamp.received == kNow);
  CHECK(stamp.id == stamp_of(BrokerKind::plain, again).id);
  auto other = delivery(text);
  other.topic = "devices/0123456789abcdef01234568/state";
  CHECK(stamp.id != stamp_of(BrokerKind::plain, other).id);
  const auto backlog = "[" + text + "," + timed(kNow - 2s) + "]";
  CHECK(stamp_of(BrokerKind::plain, delivery(backlog)).by == StampedBy::own_time);
}

TEST_CASE("a report that nothing identifies is the one that arrived") {
  const std::vector<std::string> payloads = {std::string(kPlain),
                                             R"({"time":-500,"data":{"power":1}})",
                                             R"({"time":"yesterday","data":{"power":1}})",
                                             R"({"time":null,"data":{"power":1}})",
                                             timed(kNow - 24h * 31),
                                             "[]",
                                             "[1]",
                                             "\"time\"",
                                             "not json \"time\"",
                                             ""};
  for (const auto& payload : payloads) {
    CAPTURE(payload);
    auto again = delivery(payload);
    again.arrival = "replica-1 and one";
    const auto stamp = stamp_of(BrokerKind::plain, delivery(payload));
    CHECK(stamp.by == StampedBy::arrival);
    CHECK(stamp.id != stamp_of(BrokerKind::plain, again).id);
    CHECK(ReportId::parse(stamp.id));
  }
}
