// SPDX-License-Identifier: Apache-2.0
// What a window learns of presses of other devices.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

const core::Serial kOther = core::Serial::trusted("GEN-2B8N-W4HC-9P");
const core::Serial kThird = core::Serial::trusted("GEN-5D2M-7QRA-0K");

bool hears_other(Scene& scene, const Provisioning& window, core::Timestamp at,
                 const core::Serial& serial = kOther) {
  return scene.with([&](DeviceWindows& windows) { return windows.hear_other(window.id, {serial, at}); });
}

}  // namespace

TEST_CASE("a waiting window learns of another device's press, and its version grows") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(hears_other(scene, window, kStart + 10s));
  CHECK(scene.of(window).other_press == OtherPress{kOther, kStart + 10s});
  CHECK(scene.of(window).version == 2);
  CHECK(scene.state(window) == State::waiting);
  CHECK_FALSE(scene.of(window).heard);
}

TEST_CASE("another device's press concerns a window from its first millisecond to its last") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK_FALSE(hears_other(scene, window, kStart - 1ms));
  CHECK_FALSE(hears_other(scene, window, window.expires_at));
  CHECK(scene.of(window).version == 1);
  SECTION("the first") { CHECK(hears_other(scene, window, kStart)); }
  SECTION("the last") { CHECK(hears_other(scene, window, window.expires_at - 1ms)); }
}

TEST_CASE("the right press takes the other one away, and no further one is told") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  REQUIRE(hears_other(scene, window, kStart));
  scene.clock.advance(10s);
  CHECK(scene.press_now(window) == PressEffect::counted);
  CHECK(scene.state(window) == State::waiting);
  CHECK_FALSE(scene.of(window).other_press);
  CHECK_FALSE(hears_other(scene, window, kStart + 20s));
  CHECK_FALSE(scene.of(window).other_press);
}

TEST_CASE("a press that does not count takes nothing away") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  REQUIRE(hears_other(scene, window, kStart));
  CHECK(scene.press(window, kStart - 1ms) == PressEffect::outside);
  CHECK(scene.of(window).other_press);
}

TEST_CASE("the same device is told again after five seconds, another one after one") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  REQUIRE(hears_other(scene, window, kStart + 10s));
  CHECK_FALSE(hears_other(scene, window, kStart + 10s));
  CHECK_FALSE(hears_other(scene, window, kStart + 15s - 1ms));
  CHECK_FALSE(hears_other(scene, window, kStart + 9s));  // it came late
  CHECK_FALSE(hears_other(scene, window, kStart + 11s - 1ms, kThird));
  CHECK(scene.of(window).version == 2);
  SECTION("the same") {
    CHECK(hears_other(scene, window, kStart + 15s));
    CHECK(scene.of(window).other_press == OtherPress{kOther, kStart + 15s});
  }
  SECTION("another") {
    CHECK(hears_other(scene, window, kStart + 11s, kThird));
    CHECK(scene.of(window).other_press == OtherPress{kThird, kStart + 11s});
  }
}

TEST_CASE("a window that is proven or has ended learns nothing of others and names none") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  REQUIRE(hears_other(scene, window, kStart));
  SECTION("proven") { scene.press_now(window); }
  SECTION("expired") {
    scene.clock.set(window.expires_at);
    scene.tick();
  }
  SECTION("opened again") { scene.opened(scene.anna); }
  SECTION("cancelled") {
    scene.with([&](DeviceWindows& windows) { return windows.cancel(window.id, kStart).has_value(); });
  }
  CHECK_FALSE(scene.of(window).other_press);
  CHECK_FALSE(hears_other(scene, window, kStart + 60s));
}

TEST_CASE("a device whose owner changed is not named any longer") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  REQUIRE(hears_other(scene, window, kStart));
  const auto forget = [&](const core::Serial& serial) {
    scene.with([&](DeviceWindows& windows) {
      windows.forget_other(window.id, serial);
      return true;
    });
  };
  forget(kThird);
  CHECK(scene.of(window).other_press);
  CHECK(scene.of(window).version == 2);
  forget(kOther);
  CHECK_FALSE(scene.of(window).other_press);
  CHECK(scene.of(window).version == 3);
}
