// SPDX-License-Identifier: Apache-2.0
#include "domain/rollup.hpp"

#include <catch2/catch.hpp>

#include "usecases/history.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

core::Timestamp at(const char* iso) { return *core::from_iso(iso); }

}  // namespace

TEST_CASE("spans are whole multiples of the level since the epoch") {
  CHECK(floor_to(at("2026-11-23T12:34:56.789Z"), kFive) == at("2026-11-23T12:30:00Z"));
  CHECK(ceil_to(at("2026-11-23T12:34:56.789Z"), kFive) == at("2026-11-23T12:35:00Z"));
  CHECK(ceil_to(at("2026-11-23T12:35:00Z"), kFive) == at("2026-11-23T12:35:00Z"));
  CHECK(floor_to(at("2026-11-23T12:34:56Z"), kHour) == at("2026-11-23T12:00:00Z"));
  CHECK(floor_to(core::from_epoch_ms(-1000), kHour) == core::from_epoch_ms(-3'600'000));
}

TEST_CASE("how far the history is behind is the age of what waits, never negative") {
  const auto now = at("2026-11-23T12:00:00Z");
  CHECK(behind_seconds({}, now) == 0);
  CHECK(behind_seconds(now - 7900ms, now) == 7);
  CHECK(behind_seconds(now + 1h, now) == 0);  // the broker's clock is ahead
}

TEST_CASE("the level follows from the width, and range and width become whole multiples of it, outwards") {
  const auto leveled = [](core::Millis width) {
    return with_level({at("2026-11-23T12:34:56Z"), at("2026-11-30T12:34:56Z"), {}, width},
                      at("2026-11-30T12:34:56Z"));
  };
  CHECK(leveled(4min).level == 0ms);
  CHECK(leveled(4min).from == at("2026-11-23T12:34:56Z"));
  const auto fives = leveled(5min + 1ms);
  CHECK(fives.level == kFive);
  CHECK(fives.width == 10min);
  CHECK(fives.from == at("2026-11-23T12:30:00Z"));
  CHECK(fives.to == at("2026-11-30T12:35:00Z"));
  CHECK(leveled(3h).width == 3h);
  CHECK(leveled(3h).level == kFive);
  const auto hours = leveled(17h + 31min);
  CHECK(hours.level == kHour);
  CHECK(hours.width == 18h);
  CHECK(hours.from == at("2026-11-23T12:00:00Z"));
  CHECK(hours.to == at("2026-11-30T13:00:00Z"));
}

TEST_CASE("what begins more than sixty days ago is read by hours, or from the samples") {
  const auto now = at("2026-11-30T12:34:56Z");
  const auto leveled = [&](core::Millis ago, core::Millis width) {
    return with_level({now - ago, now - ago + 48h, {}, width}, now);
  };
  CHECK(leveled(24h * 60, 6min).level == kHour);  // its first five minutes began before
  CHECK(leveled(24h * 60 - 5min, 6min).level == kFive);
  CHECK(leveled(24h * 61, 6min).width == 1h);
  CHECK(leveled(24h * 61, 61min).width == 2h);
  CHECK(leveled(24h * 61, 4min).level == 0ms);
}

TEST_CASE("a slice is whole five minutes, or a part of one") {
  const auto at = [](std::int64_t s) { return core::from_epoch_ms(s * 1000); };
  const auto slice = [&](std::int64_t done, std::int64_t closed, std::chrono::seconds longest) {
    const auto one = next_slice(at(done), at(closed), longest);
    return one ? std::pair((one->begin - at(0)) / 1s, (one->end - at(0)) / 1s)
               : std::pair<long, long>{-1, -1};
  };
  CHECK(slice(0, 3000, 1000s) == std::pair<long, long>{0, 900});
  CHECK(slice(0, 600, 3600s) == std::pair<long, long>{0, 600});
  CHECK(slice(300, 900, 100s) == std::pair<long, long>{300, 400});
  CHECK(slice(400, 900, 3600s) == std::pair<long, long>{400, 600});
  CHECK(slice(550, 900, 100s) == std::pair<long, long>{550, 600});
  CHECK_FALSE(next_slice(at(900), at(900), 100s));
  CHECK((next_slice(at(300), at(900), 100s)->begins_five() &&
         !next_slice(at(300), at(900), 100s)->ends_five()));
  CHECK((!next_slice(at(550), at(900), 100s)->begins_five() &&
         next_slice(at(550), at(900), 100s)->ends_five()));
}
