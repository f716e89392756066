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
  turnkey::bus::Deliveries deliveries;
  auto* first = deliveries.open(2, "t", true);
  auto* second = deliveries.open(2, "t", true);
  REQUIRE(first != nullptr);
  REQUIRE(second != nullptr);
  CHECK(deliveries.open(2, "t") == nullptr);
  const auto first_number = first->number;
  const auto second_number = second->number;
  turnkey::bus::Deliveries::finish(first, true);
  CHECK(deliveries.wait(first_number, std::chrono::milliseconds(0)));
  deliveries.fail_all();
  CHECK_FALSE(deliveries.wait(second_number, std::chrono::milliseconds(0)));
  turnkey::bus::Deliveries::finish(second, true);  // a callback that comes late harms nothing
  CHECK(deliveries.wait_all(std::chrono::milliseconds(0)));
}
