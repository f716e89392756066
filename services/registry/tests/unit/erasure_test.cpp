// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/ledger_words.hpp"
#include "domain/tenure.hpp"

using namespace turnkey;
using namespace turnkey::registry;
using contracts::Json;

namespace {

const auto kDevice = core::DeviceId::trusted("5f0c9a1b2c3d4e5f60718293");
const auto kOther = core::DeviceId::trusted("5f0c9a1b2c3d4e5f60718294");

core::Timestamp at(int second) { return core::from_epoch_ms(1000 * second); }

// "device:from-to", seconds.
std::string told(const std::vector<TenureLine>& lines) {
  std::string text;
  for (const auto& one : tenures_of(lines))
    text += (one.device == kDevice ? "a:" : "b:") + std::to_string(core::to_epoch_ms(one.from) / 1000) + "-" +
            (one.to ? std::to_string(core::to_epoch_ms(*one.to) / 1000) : "") + " ";
  return text;
}

TenureLine line(const char* act, int second, bool theirs, const core::DeviceId& device = kDevice) {
  return {device, act, at(second), theirs};
}

std::string stored(const Json& detail, std::int64_t seq = 7) {
  return Json{{"act", "group.created"}, {"at", "2026-11-22T21:48:05.130Z"}, {"detail", detail}, {"seq", seq}}
      .dump();
}

}  // namespace

TEST_CASE("S23 a device was somebody's from each hand-over to them until it was released or taken") {
  CHECK(told({line("device.registered", 1, false), line("device.assigned", 2, true),
              line("device.changed", 3, true), line("device.released", 4, true)}) == "a:2-4 ");
  CHECK(told({line("device.assigned", 2, true), line("device.taken_over", 5, false),
              line("device.taken_over", 8, true)}) == "a:2-5 a:8- ");
  CHECK(told({line("device.assigned", 1, true), line("device.moved", 2, true), line("device.moved", 3, false),
              line("device.released", 4, false)}) == "a:1-3 ");
  CHECK(told({line("device.assigned", 1, true), line("device.released", 2, true),
              line("device.release_undone", 3, true), line("device.deleted", 9, true)}) == "a:1-2 a:3-9 ");
  CHECK(told({line("device.replaced", 1, true), line("device.replacement", 1, true, kOther)}) == "b:1- ");
}

TEST_CASE("S23 the time of a device is never taken for another's") {
  CHECK(told({line("device.assigned", 1, true), line("device.assigned", 2, false, kOther),
              line("device.released", 3, false, kOther)}) == "a:1- ");
  CHECK(told({line("device.changed", 1, true), line("device.released", 2, true)}) == "");
  CHECK(told({}) == "");
}

TEST_CASE("S23 words leave a line with their salt, what it is about stays, and it says who vouches for it") {
  const auto redacted =
      without_words(stored({{"groupId", "5f"}, {"name", "Tekton"}, {"group", "Coast"}, {"salt", "ab"}}), 12);
  REQUIRE(redacted);
  CHECK(*redacted == R"({"act":"group.created","at":"2026-11-22T21:48:05.130Z","detail":{"groupId":"5f"},)"
                     R"("redactedBy":12,"seq":7})");
  CHECK(redacted_by(Json::parse(*redacted)) == 12);
  CHECK_FALSE(without_words(*redacted, 13));
  CHECK_FALSE(without_words(stored({{"groupId", "5f"}}), 12));
  for (const char* other : {"", "x", "[]", "{}", "{\"detail\":4}"}) CHECK_FALSE(without_words(other, 12));
}

TEST_CASE("S20 a line vouches for these texts in this order and no others") {
  const std::vector<std::string> texts = {"one", "two"};
  const Json by = {{"detail", {{"digest", redaction_digest(texts)}}}};
  CHECK(vouches(by, texts));
  CHECK_FALSE(vouches(by, {"two", "one"}));
  CHECK_FALSE(vouches(by, {"one"}));
  CHECK_FALSE(vouches(by, {"one", "two", "three"}));
  CHECK_FALSE(vouches(Json::object(), texts));
}
