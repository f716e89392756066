// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"

#include <catch2/catch.hpp>

using turnkey::core::from_epoch_ms;
using turnkey::core::from_iso;
using turnkey::core::to_epoch_ms;
using turnkey::core::to_iso;

TEST_CASE("times are written with milliseconds and read back the same") {
  const auto time = from_iso("2026-11-22T21:48:05.130Z");
  REQUIRE(time);
  CHECK(to_iso(*time) == "2026-11-22T21:48:05.130Z");
  CHECK(to_iso(from_epoch_ms(0)) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("offsets, missing and long fractions and blanks are understood") {
  CHECK(from_iso("2026-11-22T23:48:05+02:00") == from_iso("2026-11-22T21:48:05Z"));
  CHECK(from_iso("2026-11-22 21:48:05.1Z") == from_iso("2026-11-22T21:48:05.100Z"));
  CHECK(from_iso("2026-11-22T21:48:05.123999Z") == from_iso("2026-11-22T21:48:05.123Z"));
  CHECK(to_epoch_ms(*from_iso("2024-02-29T00:00:00-01:30")) ==
        to_epoch_ms(*from_iso("2024-02-29T01:30:00Z")));
}

TEST_CASE("what is no time is refused") {
  for (const char* text :
       {"", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T00:60:00Z", "2026-11-22T00:00:00", "2026-11-22T00:00:00.Z", "1969-12-31T23:59:59Z",
        "2026-11-22T00:00:00Zx", "2026-11-22T00:00:00+24:00", "20261122T000000Z"}) {
    INFO(text);
    CHECK_FALSE(from_iso(text));
  }
}
