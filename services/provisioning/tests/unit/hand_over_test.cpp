// SPDX-License-Identifier: Apache-2.0
// What ends a window: completion, cancelling, events of the device.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("completion is claimed from the proof to the last millisecond of the window [S6]") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto claim = [&] {
    return scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); });
  };
  CHECK(claim().error().detail == "presence_not_proven");
  scene.press_now(window);
  SECTION("the last") {
    scene.clock.set(window.expires_at - 1ms);
    CHECK(claim());
  }
  SECTION("the first after") {
    scene.clock.set(window.expires_at);
    CHECK(claim().error().detail == "window_closed");
    CHECK(scene.state(window) == State::expired);
  }
}

TEST_CASE("what is claimed neither expires nor is cancelled nor superseded, and takes no other wish") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  const auto version = scene.of(window).version;
  REQUIRE(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  CHECK(scene.of(window).version == version);  // nothing that anybody sees
  Wish other = kWish;
  other.name = "Generator 5";
  CHECK(
      scene.with([&](auto& all) { return all.claim(window.id, other, scene.clock.now()); }).error().detail ==
      "completion_under_way");
  CHECK(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }).error().detail ==
        "completion_under_way");
  CHECK(scene.open(scene.anna).error().detail == "device_busy");
  CHECK(scene.open(scene.bert).error().detail == "device_busy");
  scene.clock.set(window.expires_at + 1h);
  scene.tick();
  scene.with([&](auto& all) {
    all.supersede_all("assigned", scene.clock.now(), scene.clock.now());
    return 0;
  });
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.with([&](auto& all) { return all.complete(window.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.state(window) == State::completed);
  CHECK_FALSE(scene.with([&](auto& all) { return all.complete(window.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.acts(Act::completed) == 1);
}

TEST_CASE("a completion ends the other windows of the device") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  scene.burst(anna, scene.of(anna).required_presses);
  REQUIRE(scene.state(anna) == State::proven);
  REQUIRE(scene.with([&](auto& all) { return all.claim(anna.id, kWish, scene.clock.now()); }));
  REQUIRE(scene.with([&](auto& all) { return all.complete(anna.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.state(bert) == State::superseded);
  CHECK(scene.of(bert).reason == "completed_by_other");
}

TEST_CASE("a claim that was refused is free again, one that was lost ends the window") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  REQUIRE(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  SECTION("refused") {
    scene.with([&](auto& all) {
      all.release_claim(window.id, kWish);
      return 0;
    });
    CHECK(scene.state(window) == State::proven);
    CHECK_FALSE(scene.of(window).claimed());
  }
  SECTION("lost") {
    scene.with([&](auto& all) {
      all.lose_claim(window.id, kWish, "no_consent", scene.clock.now());
      return 0;
    });
    CHECK(scene.state(window) == State::superseded);
    CHECK(scene.of(window).reason == "no_consent");
  }
}

TEST_CASE("an event of the device ends the windows that were opened until then, not younger ones") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto tell = [&](core::Timestamp since) {
    scene.with([&](auto& all) {
      all.supersede_all("released", since, scene.clock.now());
      return 0;
    });
  };
  tell(kStart - 1ms);
  CHECK(scene.state(window) == State::waiting);
  tell(kStart);
  CHECK(scene.state(window) == State::superseded);
  CHECK(scene.of(window).reason == "released");
}

TEST_CASE("the device blinks every two seconds at most, and only while it is waited for") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto identify = [&] {
    return scene.with([&](auto& all) { return all.identify(window.id, scene.clock.now()); });
  };
  CHECK(identify());
  scene.clock.advance(1999ms);
  CHECK(identify().error().code == core::ErrorCode::throttled);
  scene.clock.advance(1ms);
  CHECK(identify());
  scene.press_now(window);
  scene.clock.advance(1min);
  CHECK(identify().error().detail == "not_waiting");
  scene.clock.set(window.expires_at);
  CHECK(identify().error().detail == "window_closed");
}

TEST_CASE("cancelling ends a window, and again changes nothing") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }));
  CHECK(scene.state(window) == State::cancelled);
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }));
  CHECK(scene.acts(Act::cancelled) == 1);
}

TEST_CASE("the tenth failed scan within ten minutes makes the user wait [S3]") {
  std::vector<core::Timestamp> failed;
  for (int i = 0; i < 9; ++i) failed.push_back(kStart + i * 10s);
  CHECK_FALSE(scans_again_at(failed, kStart + 2min));
  failed.push_back(kStart + 90s);
  CHECK(scans_again_at(failed, kStart + 2min) == kStart + 10min);
  CHECK(scans_again_at(failed, kStart + 10min - 1ms));
  CHECK_FALSE(scans_again_at(failed, kStart + 10min));
}

TEST_CASE("a device that has moved on ends its window, but not one that is claimed") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  const bool claimed = GENERATE(false, true);
  if (claimed) REQUIRE(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  scene.with([&](auto& all) {
    all.lose(window.id, "assigned_elsewhere", scene.clock.now());
    return 0;
  });
  CHECK(scene.state(window) == (claimed ? State::proven : State::superseded));
}
