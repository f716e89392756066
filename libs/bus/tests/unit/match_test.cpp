// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "bus/client.hpp"
#include "bus/deliveries.hpp"
#include "bus/subscriptions.hpp"

using turnkey::bus::matches;

TEST_CASE("filters match topics as MQTT 5 section 4.7 says") {
  CHECK(matches("a/b", "a/b"));
  CHECK(matches("a/+", "a/b"));
  CHECK(matches("a/+/c", "a/b/c"));
  CHECK(matches("a/#", "a/b/c"));
  CHECK(matches("a/#", "a"));
  CHECK(matches("#", "a/b"));
  CHECK(matches("+/+", "/b"));
  CHECK(matches("$share/group/a/+", "a/b"));
  CHECK_FALSE(matches("a/+", "a/b/c"));
  CHECK_FALSE(matches("a/b", "a/b/"));
  CHECK_FALSE(matches("a/b", "a"));
  CHECK_FALSE(matches("a", "a/b"));
  CHECK_FALSE(matches("#", "$SYS/broker"));
  CHECK_FALSE(matches("+/broker", "$SYS/broker"));
  CHECK_FALSE(matches("", "a"));
  CHECK_FALSE(matches("$share/group", "a"));
}

TEST_CASE("a topic finds the handlers of its exact filter and of its patterns, and none after removal") {
  turnkey::bus::Subscriptions all;
  all.add({"devices/1/state", 1, nullptr});
  all.add({"devices/+/state", 1, nullptr});
  all.add({"presence/+", 1, nullptr});
  CHECK(all.of("devices/1/state").size() == 2);
  CHECK(all.of("devices/2/state").size() == 1);
  all.remove("devices/1/state");
  CHECK(all.of("devices/1/state").size() == 1);
  CHECK(all.all().size() == 2);
}

TEST_CASE("what is not acknowledged is bounded, and a lost connection fails all of it") {
  using turnkey::bus::Deliveries;
  using Result = Deliveries::Result;
  constexpr std::chrono::milliseconds kAtOnce{0};
  Deliveries deliveries;
  auto* first = deliveries.open(3, "t", true);
  auto* second = deliveries.open(3, "t", true);
  auto* third = deliveries.open(3, "t", true);
  REQUIRE((first != nullptr && second != nullptr && third != nullptr));
  CHECK(deliveries.open(3, "t") == nullptr);
  const auto first_number = first->number;
  const auto second_number = second->number;
  const auto third_number = third->number;
  Deliveries::finish(first, Result::acknowledged);
  CHECK(deliveries.wait(first_number, kAtOnce) == Result::acknowledged);
  Deliveries::finish(second, Result::refused);
  CHECK(deliveries.wait(second_number, kAtOnce) == Result::refused);
  deliveries.fail_all();
  CHECK(deliveries.wait(third_number, kAtOnce) == Result::failed);
  Deliveries::finish(third, Result::acknowledged);  // a callback that comes late harms nothing
  CHECK(deliveries.wait_all(kAtOnce));
}
