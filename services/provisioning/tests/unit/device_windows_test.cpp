// SPDX-License-Identifier: Apache-2.0
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("a press proves a window, once") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(window.state == State::waiting);
  CHECK(window.version == 1);
  CHECK(window.expires_at == kStart + 300s);
  scene.clock.advance(10s);
  CHECK(scene.press_now(window) == PressEffect::counted);
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).proven_at == kStart + 10s);
  CHECK(scene.press_now(window) == PressEffect::no_window);
  CHECK(scene.of(window).version == 2);
}

TEST_CASE("a press counts from the first millisecond of the window to the last, by its stamp [S8]") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(scene.press(window, kStart - 1ms) == PressEffect::outside);
  CHECK(scene.press(window, window.expires_at) == PressEffect::outside);
  CHECK(scene.state(window) == State::waiting);
  SECTION("the first") { CHECK(scene.press(window, kStart) == PressEffect::counted); }
  SECTION("the last") { CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::counted); }
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("a press made inside that comes after the end counts no more [S6]") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  SECTION("in the last millisecond it counts") {
    scene.clock.set(window.expires_at - 1ms);
    CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::counted);
    CHECK(scene.state(window) == State::proven);
  }
  SECTION("in the first one after, it does not") {
    scene.clock.set(window.expires_at);
    CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::no_window);
    CHECK(scene.state(window) == State::expired);
  }
}

TEST_CASE("a window expires in the millisecond of its end, waiting or proven") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  if (GENERATE(false, true)) scene.press_now(window);
  const State before = scene.state(window);
  scene.clock.set(window.expires_at - 1ms);
  scene.tick();
  CHECK(scene.state(window) == before);
  scene.clock.advance(1ms);
  scene.tick();
  CHECK(scene.state(window) == State::expired);
  CHECK(scene.of(window).reason == "time_up");
}

TEST_CASE("an expired window tells whether a press was ever heard") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const bool pressed = GENERATE(false, true);
  if (pressed) scene.press_now(window);
  scene.clock.set(window.expires_at);
  scene.tick();
  CHECK(scene.facts.back().act == Act::expired);
  CHECK(scene.facts.back().heard == pressed);
}

TEST_CASE("without a presence policy a window is proven at once") {
  Scene scene(Policy::none);
  const auto window = scene.opened(scene.anna);
  CHECK(window.state == State::proven);
  CHECK(window.version == 1);
}

TEST_CASE("a pattern asks for two to five presses") {
  for (int i = 0; i < 50; ++i) {
    DeviceWindows windows({});
    REQUIRE(windows.open(make_device(Policy::pattern), core::UserId::random(), "key", kStart));
    CHECK(windows.all()[0].required_presses >= kFewestPresses);
    CHECK(windows.all()[0].required_presses <= kMostPresses);
  }
}

TEST_CASE("a burst with exactly the required count proves when its pause is over") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  REQUIRE(window.required_presses == 2);
  scene.press_now(window);
  scene.clock.advance(2499ms);  // the last millisecond of the pause
  scene.press_now(window);
  CHECK(scene.of(window).presses == 2);
  scene.clock.advance(2499ms);
  scene.tick();
  CHECK(scene.state(window) == State::waiting);
  scene.clock.advance(1ms);
  scene.tick();
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("three presses do not prove a window that needs two") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.burst(window, 3);
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.of(window).presses == 0);
  CHECK(scene.of(window).reason == "wrong_pattern");
  scene.burst(window, 2);
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).reason.empty());
}

TEST_CASE("a press after the pause begins another burst, by the stamps and not by when it arrives") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.press(window, kStart + 1000ms);
  SECTION("one millisecond before the pause is over it belongs to the burst") {
    scene.press(window, kStart + 3499ms);
    CHECK(scene.of(window).presses == 2);
    CHECK(scene.of(window).wrong_bursts == 0);
  }
  SECTION("when it is over it does not") {
    scene.press(window, kStart + 3500ms);
    CHECK(scene.of(window).presses == 1);
    CHECK(scene.of(window).wrong_bursts == 1);
  }
}

TEST_CASE("the fifth wrong burst locks, and this user waits ten minutes for this device [S3]") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  for (int i = 1; i < kWrongBurstsToLock; ++i) scene.burst(window, 1);
  CHECK(scene.state(window) == State::waiting);
  scene.burst(window, 1);
  CHECK(scene.state(window) == State::locked);
  CHECK(scene.of(window).reason == "too_many_wrong_patterns");
  const auto locked_at = *scene.of(window).ended_at;

  scene.clock.set(locked_at + kLockedFor - 1ms);
  const auto refused = scene.open(scene.anna);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == core::ErrorCode::throttled);
  CHECK(refused.error().retry_after == 1s);
  CHECK(scene.open(scene.bert));
  scene.clock.advance(1ms);
  CHECK(scene.open(scene.anna));
}

TEST_CASE("the same user opening again ends the older window, and proof begins anew") {
  Scene scene;
  const auto first = scene.opened(scene.anna);
  if (GENERATE(false, true)) scene.press_now(first);
  scene.clock.advance(1s);
  const auto second = scene.opened(scene.anna);
  CHECK(scene.state(first) == State::superseded);
  CHECK(scene.of(first).reason == "opened_again");
  CHECK(scene.state(second) == State::waiting);
  CHECK_FALSE(second.contended);
  CHECK(scene.press_now(first) == PressEffect::no_window);
}

TEST_CASE("two users on one device need different numbers of presses [S9]") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.of(anna).policy == Policy::pattern);
  CHECK(scene.of(bert).policy == Policy::pattern);
  CHECK(scene.of(anna).required_presses != scene.of(bert).required_presses);
  CHECK(scene.of(anna).contended);
  CHECK(bert.contended);
  CHECK(bert.version == 1);
  CHECK(scene.acts(Act::contended) == 2);

  // Ingest tells every press to both windows.
  const int count = scene.of(bert).required_presses;
  for (int i = 0; i < count; ++i) {
    scene.press_now(anna);
    scene.press_now(bert);
    scene.clock.advance(300ms);
  }
  scene.clock.advance(scene.device.burst_pause);
  scene.tick();
  CHECK(scene.state(bert) == State::proven);
  CHECK(scene.state(anna) == State::waiting);
}

TEST_CASE("who is alone again hears so, and keeps the number") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  const int wanted = scene.of(anna).required_presses;
  const auto version = scene.of(anna).version;
  REQUIRE(scene.with([&](DeviceWindows& all) { return all.cancel(bert.id, scene.clock.now()); }));
  CHECK_FALSE(scene.of(anna).contended);
  CHECK(scene.of(anna).version == version + 1);
  CHECK(scene.of(anna).policy == Policy::pattern);
  CHECK(scene.of(anna).required_presses == wanted);

  scene.opened(scene.bert);
  CHECK(scene.of(anna).contended);
  CHECK(scene.of(anna).required_presses == wanted);
}

TEST_CASE("two of three are not alone, and the last one is when the other's time is up") {
  Scene scene;
  scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  scene.clock.advance(1s);
  const auto carl = scene.opened(core::UserId::random());
  REQUIRE(scene.with([&](DeviceWindows& all) { return all.cancel(bert.id, scene.clock.now()); }));
  CHECK(scene.of(carl).contended);
  scene.clock.advance(299s - 1ms);
  scene.tick();
  CHECK(scene.of(carl).contended);
  scene.clock.advance(1ms);
  scene.tick();
  CHECK_FALSE(scene.of(carl).contended);
}

TEST_CASE("a second user takes nothing from a burst that is under way, and disturbs nobody's [S9]") {
  Scene scene(Policy::pattern);
  const auto anna = scene.opened(scene.anna);
  const int wanted = scene.of(anna).required_presses;
  scene.press_now(anna);
  scene.clock.advance(300ms);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.of(anna).presses == 1);
  CHECK(scene.of(anna).required_presses == wanted);
  CHECK(scene.of(anna).contended);

  for (int i = 1; i < wanted; ++i) {
    const bool bert_first = i % 2 == 0;  // ingest tells both, in any order
    if (bert_first) CHECK(scene.press_now(bert) == PressEffect::outside);
    CHECK(scene.press_now(anna) == PressEffect::counted);
    if (!bert_first) CHECK(scene.press_now(bert) == PressEffect::outside);
    scene.clock.advance(300ms);
  }
  scene.clock.advance(scene.device.burst_pause);
  scene.tick();
  CHECK(scene.state(anna) == State::proven);
  CHECK(scene.state(bert) == State::waiting);
  CHECK(scene.of(bert).presses == 0);
}

TEST_CASE("the burst after the one that was under way counts for both [S9]") {
  Scene scene(Policy::pattern);
  const auto anna = scene.opened(scene.anna);
  scene.press_now(anna);
  scene.clock.advance(300ms);
  const auto bert = scene.opened(scene.bert);
  scene.press_now(anna);
  CHECK(scene.press_now(bert) == PressEffect::outside);
  scene.clock.advance(scene.device.burst_pause - 1ms);
  CHECK(scene.press(bert, scene.clock.now()) == PressEffect::outside);  // the burst goes on
  scene.clock.advance(scene.device.burst_pause);
  scene.tick();
  CHECK(scene.press_now(bert) == PressEffect::counted);
  CHECK(scene.of(bert).presses == 1);
}

TEST_CASE("opening again and again changes nothing for the other user, and is no way round the lock [S9]") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  auto bert = scene.opened(scene.bert);
  const int wanted = scene.of(anna).required_presses;
  scene.press_now(anna);
  scene.press_now(bert);
  scene.clock.advance(scene.device.burst_pause);
  scene.tick();
  CHECK(scene.of(bert).wrong_bursts == 1);
  const auto version = scene.of(anna).version;
  for (int i = 0; i < 20; ++i) {
    scene.clock.advance(100ms);
    bert = scene.opened(scene.bert);
    CHECK(scene.of(bert).required_presses != wanted);
  }
  CHECK(scene.of(anna).required_presses == wanted);
  CHECK(scene.of(anna).version == version);
  CHECK(scene.of(bert).wrong_bursts == 1);
}

TEST_CASE("the press of one user that is on its way when another opens serves neither [S9]") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  const auto made_at = scene.clock.now();
  scene.clock.advance(20ms);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.press(anna, made_at) == PressEffect::outside);
  CHECK(scene.press(bert, made_at) == PressEffect::outside);
  CHECK(scene.state(anna) == State::waiting);
  CHECK(scene.state(bert) == State::waiting);
}

TEST_CASE("a burst whose first press was on its way when a second user opened is not theirs [S9]") {
  Scene scene(Policy::pattern);
  const auto anna = scene.opened(scene.anna);
  const auto first_at = scene.clock.now();
  scene.clock.advance(20ms);
  const auto bert = scene.opened(scene.bert);
  const bool heard_before = GENERATE(false, true);
  if (heard_before) scene.press(anna, first_at);
  for (int i = 0; i < scene.of(bert).required_presses; ++i) {
    scene.clock.advance(300ms);
    scene.press_now(bert);
    scene.press_now(anna);
  }
  if (!heard_before) scene.press(anna, first_at);  // other messages were faster
  scene.clock.advance(2 * scene.device.burst_pause);
  scene.tick();
  CHECK(scene.state(bert) == State::waiting);
  CHECK(scene.of(bert).presses == 0);
}

TEST_CASE(
    "a press or two for a screen that asked for one, and its new number after, are nobody else's number "
    "[S9]") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  const auto carl = scene.opened(core::UserId::random());
  const int hers = scene.of(anna).required_presses;
  for (const auto& other : {bert, carl}) {
    const int wanted = scene.of(other).required_presses;
    CHECK(wanted > 2);
    CHECK(wanted < hers);
  }
}

TEST_CASE("who opens again alone is heard at once, however soon after the last press") {
  Scene scene;
  scene.press_now(scene.opened(scene.anna));
  const auto again = scene.opened(scene.anna);
  scene.clock.advance(1ms);
  CHECK(scene.press_now(again) == PressEffect::counted);
  CHECK(scene.state(again) == State::proven);
}

TEST_CASE("a clock that goes back lets no older press into a window") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.set(kStart - 10s);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.press(anna, kStart - 3s) == PressEffect::outside);
  CHECK(scene.press(anna, kStart) == PressEffect::counted);
}

TEST_CASE("a second user whose patterns are wrong is locked, and the honest one still gets through [S3]") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  for (int i = 0; i < kWrongBurstsToLock; ++i) {
    scene.press_now(bert);
    scene.clock.advance(scene.device.burst_pause);
    scene.tick();
  }
  REQUIRE(scene.state(bert) == State::locked);
  CHECK(scene.of(bert).reason == "too_many_wrong_patterns");
  CHECK(scene.open(scene.bert).error().code == core::ErrorCode::throttled);
  scene.burst(anna, scene.of(anna).required_presses);
  CHECK(scene.state(anna) == State::proven);
}

TEST_CASE("once a window is proven no further user opens one, until it ends") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.press_now(anna);
  scene.clock.advance(100s);
  const auto refused = scene.open(scene.bert);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "device_busy");
  CHECK(refused.error().retry_after == 200s);
  scene.clock.set(anna.expires_at - 1ms);
  CHECK_FALSE(scene.open(scene.bert));
  scene.clock.advance(1ms);
  CHECK(scene.open(scene.bert));
}

TEST_CASE("at most three windows are open on one device, each with its own number") {
  Scene scene;
  std::set<int> counts;
  for (int i = 0; i < kMostWindows; ++i) {
    REQUIRE(scene.open(core::UserId::random()));
    scene.clock.advance(1s);
  }
  for (const auto& one : scene.all) counts.insert(one.required_presses);
  CHECK(counts.size() == 3);
  const auto refused = scene.open(core::UserId::random());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "device_busy");
  CHECK(refused.error().retry_after == 297s);  // the earliest ends then
  CHECK(scene.open(scene.all[1].user));        // one who has a window may begin again
}
