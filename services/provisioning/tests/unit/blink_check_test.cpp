// SPDX-License-Identifier: Apache-2.0
// The stage of the light: enough was pressed, and the person at the screen says how often it blinks.
#include "blink_scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("S9 where the light is counted, a press alone proves nothing, and the right count does") {
  BlinkScene scene;
  const auto window = scene.opened(scene.anna);
  CHECK_FALSE(window.blinking());
  scene.clock.advance(10s);
  CHECK(scene.press_now(window) == PressEffect::counted);
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.of(window).blinking());
  CHECK(scene.of(window).identified_at == kStart + 10s);
  CHECK(scene.of(window).version == 2);
  CHECK(scene.acts(Act::blink_asked) == 1);
  CHECK(scene.claim(window).error().detail == "presence_not_proven");
  CHECK(scene.press_now(window) == PressEffect::no_window);
  CHECK(scene.of(window).presses == 1);

  scene.clock.advance(5s);
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).proven_at == kStart + 15s);
  CHECK(scene.of(window).blinks == 0);
  CHECK(scene.claim(window));
}

TEST_CASE("a press that is heard late begins the light when it is heard, not when it was made") {
  BlinkScene scene;
  const auto window = scene.opened(scene.anna);
  scene.clock.advance(100s);
  scene.press(window, kStart + 1s);
  CHECK(scene.of(window).identified_at == kStart + 100s);
}

TEST_CASE("the numbers of blinks are two to five, all of them, whatever was answered before") {
  std::set<int> seen;
  for (int i = 0; i < 60; ++i) {
    DeviceWindows windows({});
    auto device = make_device();
    device.blink_check = true;
    const auto window = windows.open(device, core::UserId::random(), "key", kStart);
    REQUIRE(window);
    while (windows.all()[0].open()) {
      windows.press(window->id, kStart, 1, kStart);
      const auto& now = windows.all()[0];
      CHECK(now.blinks >= kFewestBlinks);
      CHECK(now.blinks <= kMostBlinks);
      seen.insert(now.blinks);
      REQUIRE(windows.answer_blinks(window->id, {now.blinks == 2 ? 3 : 2, tries_left(now)}, kStart));
    }
  }
  CHECK(seen == std::set<int>{2, 3, 4, 5});
}

TEST_CASE("S9 while one counts the light, nobody else opens a window, and none makes it blink otherwise") {
  BlinkScene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  const auto bert = scene.opened(scene.bert);
  scene.burst(anna, scene.of(anna).required_presses);
  REQUIRE(scene.of(anna).blinking());
  REQUIRE(scene.of(bert).listens());
  const auto third = scene.open(core::UserId::random());
  REQUIRE_FALSE(third);
  CHECK(third.error().detail == "device_busy");
  CHECK(third.error().retry_after.value_or(0s) > 200s);
  CHECK(scene.identify(bert).error().code == core::ErrorCode::throttled);
  scene.clock.advance(2s);
  CHECK(scene.identify(anna));
  CHECK(scene.right(anna));
  CHECK(scene.state(bert) == State::waiting);
}

TEST_CASE("S9 two whose light is counted at once have different numbers of blinks") {
  BlinkScene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  scene.burst(anna, scene.of(anna).required_presses);
  scene.burst(bert, scene.of(bert).required_presses);
  REQUIRE(scene.of(anna).blinking());
  REQUIRE(scene.of(bert).blinking());
  CHECK(scene.of(anna).blinks != scene.of(bert).blinks);
  CHECK(scene.answer(bert, scene.of(anna).blinks));
  CHECK(scene.of(bert).listens());
  CHECK(scene.of(anna).blinking());
  CHECK(scene.identify(bert).error().code == core::ErrorCode::throttled);  // it would spoil the other's count
  scene.press_again(bert);
  CHECK(scene.of(anna).blinks != scene.of(bert).blinks);
}

TEST_CASE("S6 an answer counts until the last millisecond of the window") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  SECTION("the last") {
    scene.clock.set(window.expires_at - 1ms);
    CHECK(scene.right(window));
    CHECK(scene.state(window) == State::proven);
  }
  SECTION("the first after") {
    const int blinks = window.blinks;
    scene.clock.set(window.expires_at);
    CHECK(scene.answer(window, blinks, 5).error().detail == "window_closed");
    CHECK(scene.state(window) == State::expired);
    CHECK(scene.of(window).blinks == 0);
  }
}

TEST_CASE("S6 an answer before enough was pressed is refused, and so is one where no light is counted") {
  BlinkScene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(scene.answer(window, 2, 5).error().detail == "presence_not_proven");
  Scene plain;
  const auto other = plain.opened(plain.anna);
  const auto refused = plain.with([&](auto& all) {
    return all.answer_blinks(other.id, {2, 5}, plain.clock.now());
  });
  CHECK(refused.error().detail == "no_blinking");
  CHECK(plain.state(other) == State::waiting);
}

TEST_CASE("asked again, the light blinks the same number of times, every two seconds at most") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  CHECK(scene.identify(window).error().code == core::ErrorCode::throttled);
  scene.clock.advance(1999ms);
  CHECK(scene.identify(window).error().code == core::ErrorCode::throttled);
  scene.clock.advance(1ms);
  scene.with([&](auto& all) {
    CHECK(all.identify(window.id, scene.clock.now()));
    CHECK(all.to_blink(window.id));
    CHECK(all.changed(window.id));  // the page is told when
    return 0;
  });
  CHECK(scene.of(window).blinks == window.blinks);
  CHECK(scene.of(window).identified_at == kStart + 2s);
  CHECK(tries_left(scene.of(window)) == 5);
}

TEST_CASE("blinking before the presses is not this number: it is told apart from what must be counted") {
  BlinkScene scene;
  const auto window = scene.opened(scene.anna);
  scene.with([&](auto& all) {
    CHECK(all.identify(window.id, scene.clock.now()));
    CHECK_FALSE(all.to_blink(window.id));
    return 0;
  });
}

TEST_CASE("with no press asked for, the light is counted at once") {
  BlinkScene scene(Policy::none);
  const auto window = scene.opened(scene.anna);
  CHECK(window.state == State::waiting);
  CHECK(window.blinking());
  CHECK(window.version == 1);
  CHECK(scene.open(scene.bert).error().detail == "device_busy");
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("the pattern that was pressed is judged once, not again while the light is counted") {
  BlinkScene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.burst(window, window.required_presses);
  REQUIRE(scene.of(window).blinking());
  const auto before = scene.of(window);
  scene.clock.advance(10s);
  scene.tick();
  CHECK(scene.of(window).version == before.version);
  CHECK(scene.of(window).wrong_bursts == 0);
  CHECK(scene.of(window).blinks == before.blinks);
}

TEST_CASE("opening again while the light is counted begins anew with the press") {
  BlinkScene scene;
  const auto first = scene.asked(scene.anna);
  const auto second = scene.opened(scene.anna);
  CHECK(scene.state(first) == State::superseded);
  CHECK(scene.of(first).blinks == 0);
  CHECK(second.listens());
  CHECK(scene.answer(first, first.blinks, 5).error().detail == "window_closed");
}
