// SPDX-License-Identifier: Apache-2.0
#include "domain/live_provisioning.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using namespace turnkey::gateway;

namespace {

contracts::ProvisioningView view(const std::string& state, int presses, int required = 3) {
  contracts::ProvisioningView one;
  one.id = core::ProvisioningId::random();
  one.state = state;
  one.presence.policy = "pattern";
  one.presence.presses = presses;
  one.presence.required_presses = required;
  return one;
}

contracts::Press press(const std::string& id, int count = 1) {
  return {id, core::from_epoch_ms(1'000), count};
}

contracts::ProvisioningStatus status(const contracts::ProvisioningView& one, std::int64_t version) {
  contracts::ProvisioningStatus message;
  message.provisioning = one;
  message.version = version;
  return message;
}

}  // namespace

TEST_CASE("a press is shown on top of the last state, once") {
  LiveProvisioning live;
  CHECK_FALSE(live.take_press(press("a#0")).has_value());  // before the first state nothing is known
  CHECK(live.take_snapshot(view("waiting", 1), 4));
  CHECK(live.take_press(press("b#0", 1))->presses == 2);
  CHECK_FALSE(live.take_press(press("b#0", 1)).has_value());
  CHECK(live.take_press(press("c#0"))->presses == 3);
}

TEST_CASE("a newer state counts what the presses since were, an older one changes nothing") {
  LiveProvisioning live;
  live.take_snapshot(view("waiting", 0), 1);
  live.take_press(press("a#0"));
  CHECK(live.take_status(status(view("waiting", 1), 2)));
  CHECK(live.take_press(press("b#0"))->presses == 2);
  CHECK_FALSE(live.take_status(status(view("waiting", 0), 1)));
  CHECK(live.take_status(status(view("waiting", 0), 3)));  // a wrong burst
  CHECK(live.take_press(press("c#0"))->presses == 1);
}

TEST_CASE("presses are not shown while the light is counted") {
  LiveProvisioning live;
  auto asked = view("waiting", 1, 1);
  asked.presence.blink = contracts::BlinkQuestion{core::from_epoch_ms(2'000), 5};
  live.take_snapshot(asked, 2);
  CHECK_FALSE(live.take_press(press("a#0")).has_value());
}

TEST_CASE("presses are not shown any more once it is proven, and final states end it") {
  LiveProvisioning live;
  live.take_snapshot(view("proven", 3), 5);
  CHECK_FALSE(live.take_press(press("a#0")).has_value());
  CHECK_FALSE(live.ended());
  for (const char* state : {"completed", "cancelled", "expired", "superseded", "locked"}) {
    LiveProvisioning other;
    other.take_snapshot(view(state, 0), 1);
    CHECK(other.ended());
  }
}

TEST_CASE(
    "a state that comes before the first snapshot is shown after it when it is newer, else not at all") {
  LiveProvisioning overtaken;
  CHECK_FALSE(overtaken.take_status(status(view("waiting", 1), 5)));
  CHECK_FALSE(overtaken.take_status(status(view("proven", 3), 6)));
  CHECK_FALSE(overtaken.take_status(status(view("waiting", 1), 4)));
  CHECK(overtaken.take_snapshot(view("waiting", 0), 4));
  const auto kept = overtaken.take_kept_status();
  REQUIRE(kept.has_value());
  CHECK(kept->provisioning.state == "proven");
  CHECK(overtaken.version() == 6);
  CHECK_FALSE(overtaken.take_kept_status().has_value());

  LiveProvisioning known;
  CHECK_FALSE(known.take_status(status(view("waiting", 1), 5)));
  CHECK(known.take_snapshot(view("waiting", 1), 5));
  CHECK_FALSE(known.take_kept_status().has_value());
}
