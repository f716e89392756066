// SPDX-License-Identifier: Apache-2.0
// The stage of the light: enough was pressed, and the person at the screen says how often it blinks.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

struct BlinkScene : Scene {
  explicit BlinkScene(Policy policy = Policy::press) : Scene(policy) { device.blink_check = true; }

  core::Result<core::Done> answer(const Provisioning& window, int count, int tries) {
    return with([&](auto& windows) { return windows.answer_blinks(window.id, {count, tries}, clock.now()); });
  }
  core::Result<core::Done> answer(const Provisioning& window, int count) {
    return answer(window, count, tries_left(of(window)));
  }
  core::Result<core::Done> right(const Provisioning& window) { return answer(window, of(window).blinks); }
  core::Result<core::Done> wrong(const Provisioning& window) {
    return answer(window, of(window).blinks == 2 ? 3 : 2);
  }
  core::Result<core::Done> identify(const Provisioning& window) {
    return with([&](auto& windows) { return windows.identify(window.id, clock.now()); });
  }
  core::Result<Provisioning> claim(const Provisioning& window) {
    return with([&](auto& windows) { return windows.claim(window.id, kWish, clock.now()); });
  }
  Provisioning asked(const core::UserId& user) {
    const auto window = opened(user);
    press_now(window);
    REQUIRE(of(window).blinking());
    return of(window);
  }
};

}  // namespace

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

TEST_CASE("the numbers of blinks are two to five, all of them, and never the one before") {
  std::set<int> seen;
  for (int i = 0; i < 60; ++i) {
    DeviceWindows windows({});
    auto device = make_device();
    device.blink_check = true;
    const auto window = windows.open(device, core::UserId::random(), "key", kStart);
    REQUIRE(window);
    windows.press(window->id, kStart, 1, kStart);
    int before = 0;
    while (windows.all()[0].blinking()) {
      const auto& now = windows.all()[0];
      CHECK(now.blinks >= kFewestBlinks);
      CHECK(now.blinks <= kMostBlinks);
      CHECK(now.blinks != before);
      before = now.blinks;
      seen.insert(before);
      REQUIRE(windows.answer_blinks(window->id, {before == 2 ? 3 : 2, tries_left(now)}, kStart));
    }
  }
  CHECK(seen == std::set<int>{2, 3, 4, 5});
}

TEST_CASE("a wrong count is said, and the light blinks anew, another number of times") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  const int before = scene.of(window).blinks;
  scene.clock.advance(4s);
  CHECK(scene.wrong(window));
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.of(window).reason == "wrong_blinks");
  CHECK(scene.of(window).blinking());
  CHECK(scene.of(window).blinks != before);
  CHECK(scene.of(window).identified_at == kStart + 4s);
  CHECK(tries_left(scene.of(window)) == 4);
  CHECK(scene.acts(Act::wrong_blinks) == 1);
  CHECK(scene.answer(window, before));  // what was right before is wrong now
  CHECK(tries_left(scene.of(window)) == 3);
  CHECK(scene.right(window));
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).reason.empty());
}

TEST_CASE("the same answer to the same question counts once, the right one too") {
  BlinkScene scene;
  const auto window = scene.asked(scene.anna);
  const int first = scene.of(window).blinks;
  const int wrong = first == 2 ? 3 : 2;
  CHECK(scene.answer(window, wrong, 5));
  const auto after = scene.of(window);
  CHECK(scene.answer(window, wrong, 5));
  CHECK(scene.answer(window, first, 5));  // too late for that question
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
  CHECK(scene.wrong(window));
  CHECK(scene.wrong(window));
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.wrong(window));
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
  for (int i = 0; i < 4; ++i) CHECK(scene.wrong(first));
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
  CHECK(scene.state(bert) == State::waiting);
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
