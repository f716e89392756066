// SPDX-License-Identifier: Apache-2.0
#include "domain/led.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::simulator;
using namespace std::chrono_literals;

namespace {

// What a person counts who looks for the given time.
int counted(const Led& led, Led::Millis from, Led::Millis to) {
  int flashes = 0;
  bool before = false;
  for (Led::Millis at = from; at < to; at += 10ms) {
    const bool now = led.on(at);
    flashes += now && !before ? 1 : 0;
    before = now;
  }
  return flashes;
}

}  // namespace

TEST_CASE("the light blinks as often as it was told, after a pause in the dark") {
  for (int times = 1; times <= 20; ++times) {
    Led led;
    led.blink(times, "a", 1000ms);
    CHECK_FALSE(led.on(1000ms));
    CHECK_FALSE(led.on(1000ms + Led::kPause - 1ms));
    CHECK(led.on(1000ms + Led::kPause));
    CHECK(counted(led, 1000ms, 60s) == times);
    CHECK_FALSE(led.busy(60s));
  }
}

TEST_CASE("a new command begins anew in the middle of the blinking") {
  Led led;
  led.blink(5, "a", 0ms);
  led.blink(2, "b", 4000ms);
  CHECK_FALSE(led.on(4000ms));
  CHECK(counted(led, 4000ms, 60s) == 2);
}

TEST_CASE("a command that is delivered twice is blinked once") {
  Led led;
  led.blink(3, "a", 0ms);
  led.blink(3, "a", 2000ms);
  CHECK(led.number() == 1);
  CHECK(counted(led, 0ms, 60s) == 3);
  led.blink(3, "", 60s);  // one without a time cannot be told apart
  led.blink(3, "", 62s);
  CHECK(counted(led, 62s, 120s) == 3);
}

TEST_CASE("a light that was never told anything is dark") {
  const Led led;
  CHECK_FALSE(led.on(0ms));
  CHECK_FALSE(led.on(2000ms));
  CHECK_FALSE(led.busy(0ms));
}
