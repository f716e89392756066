// SPDX-License-Identifier: Apache-2.0
#include "domain/recent_events.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using namespace turnkey::gateway;

namespace {

RecentEvents with(std::size_t count) {
  RecentEvents events;
  for (std::size_t i = 0; i < count; ++i) events.add({{}, {}, std::to_string(i), "{}"});
  return events;
}

}  // namespace

TEST_CASE(
    "a stream goes on with all that came after the event it saw last, and with nothing after the newest") {
  const auto events = with(5);
  const auto after = events.after("2");
  REQUIRE(after.has_value());
  REQUIRE(after->size() == 2);
  CHECK(after->at(0).id == "3");
  CHECK(after->at(1).id == "4");
  CHECK(events.after(events.newest_id())->empty());
}

TEST_CASE("an event that was never there, or is too old, is not gone on from") {
  const auto events = with(RecentEvents::kMost + 1);
  CHECK_FALSE(events.after("0").has_value());
  CHECK(events.after("1")->size() == RecentEvents::kMost - 1);
  CHECK_FALSE(events.after("x").has_value());
  CHECK_FALSE(with(0).after("").has_value());
}

TEST_CASE("S21 large reports are kept for a shorter while, the newest one always") {
  RecentEvents events;
  const std::string large(RecentEvents::kMostBytes / 4, 'x');
  for (int i = 0; i < 10; ++i) events.add({{}, {}, std::to_string(i), large});
  CHECK_FALSE(events.after("5").has_value());
  CHECK(events.after("6")->size() == 3);
  events.add({{}, {}, "whole", std::string(2 * RecentEvents::kMostBytes, 'x')});
  CHECK_FALSE(events.after("9").has_value());
  CHECK(events.newest_id() == "whole");
}
