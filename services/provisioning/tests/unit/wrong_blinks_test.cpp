// SPDX-License-Identifier: Apache-2.0
// Wrong answers about the light: each costs a press and counts towards the lock.
#include "blink_scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("S9 a wrong count costs a press: only who presses again is asked again") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  scene.clock.advance(4s);
  CHECK(scene.wrong(window));
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.of(window).reason == "wrong_blinks");
  CHECK(scene.of(window).listens());
  CHECK(scene.of(window).presses == 0);
  CHECK_FALSE(scene.of(window).last_press_at);
  CHECK(scene.of(window).counts_from == kStart + 4s);
  CHECK(scene.of(window).identified_at == kStart);
  CHECK(scene.acts(Act::wrong_blinks) == 1);
  for (int count = kFewestBlinks; count <= kMostBlinks; ++count)  // no guess without a press
    CHECK(scene.answer(window, count).error().detail == "presence_not_proven");
  CHECK(tries_left(scene.of(window)) == 4);

  scene.clock.advance(1s);
  CHECK(scene.press(window, kStart + 4s - 1ms) == PressEffect::outside);  // made before the answer
  CHECK(scene.of(window).listens());
  CHECK(scene.press_now(window) == PressEffect::counted);
  CHECK(scene.of(window).blinking());
  CHECK(scene.of(window).identified_at == kStart + 5s);
  CHECK(scene.of(window).reason.empty());
  CHECK(scene.acts(Act::blink_asked) == 2);
  CHECK(scene.wrong(window));
  CHECK(tries_left(scene.of(window)) == 3);
  scene.press_again(window);
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).reason.empty());
}

TEST_CASE("a wrong answer by a clock that went back makes no press count that did not before") {
  BlinkScene scene;
  scene.clock.advance(10s);
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  scene.clock.set(kStart + 5s);
  CHECK(scene.wrong(window));
  CHECK(scene.of(window).counts_from == kStart + 10s);
}

TEST_CASE("where a number of presses is asked for, it is asked for again, and the same") {
  BlinkScene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.burst(window, window.required_presses);
  CHECK(scene.wrong(window));
  CHECK(scene.of(window).required_presses == window.required_presses);
  scene.press_now(window);
  CHECK_FALSE(scene.of(window).blinking());
  scene.clock.advance(window.device.burst_pause);
  scene.tick();
  CHECK(scene.of(window).reason == "wrong_pattern");
  CHECK(tries_left(scene.of(window)) == 3);
  scene.press_again(window);
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("S9 the rest of a burst that began before a wrong answer is not for that screen") {
  BlinkScene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  const int wanted = window.required_presses;
  scene.burst(window, wanted);
  REQUIRE(scene.of(window).blinking());
  scene.clock.advance(10s);
  const auto version = scene.of(window).version;
  CHECK(scene.press_now(window) == PressEffect::no_window);
  CHECK(scene.of(window).version == version);  // nothing to tell
  CHECK(scene.of(window).presses == wanted);
  scene.clock.advance(300ms);
  CHECK(scene.wrong(window));
  for (int i = 0; i < wanted; ++i) {
    CHECK(scene.press_now(window) == PressEffect::outside);
    scene.clock.advance(300ms);
  }
  scene.clock.advance(window.device.burst_pause);
  scene.tick();
  CHECK(scene.of(window).listens());
  CHECK(tries_left(scene.of(window)) == 4);
  scene.press_again(window);
}

TEST_CASE("S9 the press that ends a burst begins another, and its rest is void after a wrong answer too") {
  BlinkScene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  const int wanted = window.required_presses;
  for (int i = 0; i < wanted; ++i) scene.press_now(window);
  scene.clock.advance(window.device.burst_pause);
  CHECK(scene.press_now(window) == PressEffect::no_window);  // judges what was before it
  REQUIRE(scene.of(window).blinking());
  scene.clock.advance(300ms);
  CHECK(scene.wrong(window));
  for (int i = 0; i < wanted; ++i) CHECK(scene.press_now(window) == PressEffect::outside);
}

TEST_CASE("S9 who listens anew after a wrong answer is met by others as before the press") {
  BlinkScene scene;
  const auto anna = scene.asked(scene.anna);
  CHECK(scene.open(scene.bert).error().detail == "device_busy");
  scene.clock.advance(1s);
  CHECK(scene.wrong(anna));
  scene.clock.advance(1s);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.of(anna).contended);
  CHECK(scene.of(anna).policy == Policy::pattern);
  CHECK(scene.of(anna).required_presses != bert.required_presses);
  scene.press_now(anna);
  scene.press_now(bert);
  CHECK_FALSE(scene.of(anna).blinking());  // one press is nobody's number now
  scene.clock.advance(anna.device.burst_pause);
  scene.tick();
  scene.press_again(anna);
  CHECK(scene.of(bert).listens());
  CHECK(scene.open(core::UserId::random()).error().detail == "device_busy");
  CHECK(scene.right(anna));
}

TEST_CASE("with no press asked for, a wrong count is asked again at once") {
  BlinkScene scene(Policy::none);
  const auto window = scene.opened(scene.anna);
  scene.clock.advance(4s);
  CHECK(scene.wrong(window));
  CHECK(scene.of(window).reason == "wrong_blinks");
  CHECK(scene.of(window).blinking());
  CHECK(scene.of(window).identified_at == kStart + 4s);
  CHECK(tries_left(scene.of(window)) == 4);
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("the same answer to the same question counts once, the right one too") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  const int first = scene.of(window).blinks;
  const int wrong = first == 2 ? 3 : 2;
  CHECK(scene.answer(window, wrong, 5));
  const auto listening = scene.of(window);
  CHECK(scene.answer(window, wrong, 5));  // no error: it was judged, and the press is waited for
  CHECK(scene.answer(window, first, 5));  // too late for that question
  CHECK(scene.of(window).version == listening.version);
  CHECK(scene.of(window).wrong_bursts == 1);
  scene.press_again(window);
  const auto after = scene.of(window);
  CHECK(scene.answer(window, wrong, 5));
  CHECK(scene.answer(window, first, 5));
  CHECK(scene.of(window).version == after.version);
  CHECK(scene.of(window).blinks == after.blinks);
  CHECK(scene.of(window).wrong_bursts == 1);
  CHECK(scene.answer(window, after.blinks, 4));
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.answer(window, after.blinks, 4));
  CHECK(scene.answer(window, wrong, 5));
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.acts(Act::proven) == 1);
  CHECK(scene.acts(Act::wrong_blinks) == 1);
}

TEST_CASE("S3 wrong counts lock together with wrong patterns, at the fifth of both") {
  BlinkScene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.burst(window, 1);
  scene.burst(window, 1);
  scene.burst(window, window.required_presses);
  REQUIRE(scene.of(window).blinking());
  CHECK(tries_left(scene.of(window)) == 3);
  scene.guess(window, 2);
  CHECK(scene.state(window) == State::waiting);
  scene.guess(window, 1);
  CHECK(scene.state(window) == State::locked);
  CHECK(scene.of(window).reason == "too_many_wrong_blinks");
  CHECK(scene.of(window).blinks == 0);
  CHECK(scene.answer(window, 2, 1).error().detail == "window_closed");
  CHECK(scene.open(scene.anna).error().code == core::ErrorCode::throttled);
  scene.clock.advance(kLockedFor);
  const auto again = scene.opened(scene.anna);
  CHECK(again.wrong_bursts == 0);
}

TEST_CASE("S3 neither opening again nor cancelling first is a way round the lock") {
  BlinkScene scene;
  const auto first = scene.asked(scene.anna);
  scene.guess(first, 4);
  if (GENERATE(false, true))
    CHECK(scene.with([&](auto& all) { return all.cancel(first.id, scene.clock.now()); }));
  scene.clock.advance(10s);  // the press before was a burst of its own
  const auto second = scene.asked(scene.anna);
  CHECK(tries_left(second) == 1);
  CHECK(scene.wrong(second));
  CHECK(scene.state(second) == State::locked);
}

TEST_CASE("what went wrong counts for ten minutes after its window, and for no other user") {
  BlinkScene scene;
  const auto first = scene.asked(scene.anna);
  CHECK(scene.wrong(first));
  CHECK(scene.with([&](auto& all) { return all.cancel(first.id, scene.clock.now()); }));
  CHECK(scene.opened(scene.bert).wrong_bursts == 0);
  scene.clock.advance(kLockedFor - 1ms);
  CHECK(scene.opened(scene.anna).wrong_bursts == 1);
}

TEST_CASE("what went wrong is forgotten ten minutes after its window") {
  BlinkScene scene;
  const auto first = scene.asked(scene.anna);
  CHECK(scene.wrong(first));
  CHECK(scene.with([&](auto& all) { return all.cancel(first.id, scene.clock.now()); }));
  scene.clock.advance(kLockedFor);
  CHECK(scene.opened(scene.anna).wrong_bursts == 0);
}

TEST_CASE("S3 what went wrong goes from window to window, however often it is opened again") {
  BlinkScene scene;
  CHECK(scene.wrong(scene.asked(scene.anna)));
  for (auto gone = 0ms; gone <= 2 * kLockedFor; gone += 100s) {
    const auto window = scene.opened(scene.anna);
    CHECK(window.wrong_bursts == 1);
    scene.clock.advance(100s);
    CHECK(scene.state(window) == State::waiting);
  }
}

TEST_CASE("who has handed a device over begins anew, whatever went wrong in windows before") {
  BlinkScene scene;
  CHECK(scene.wrong(scene.asked(scene.anna)));
  const auto last = scene.asked(scene.anna);
  CHECK(scene.right(last));
  CHECK(scene.claim(last));
  CHECK(scene.with([&](auto& all) { return all.complete(last.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.opened(scene.anna).wrong_bursts == 0);
}
