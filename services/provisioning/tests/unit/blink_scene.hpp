// SPDX-License-Identifier: Apache-2.0
// A scene whose device has a light that is to be counted.
#pragma once

#include "scene.hpp"

namespace turnkey::provisioning::tests {

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
  // Whoever was asked for presses makes them anew, until the light is to be counted.
  void press_again(const Provisioning& window) {
    if (of(window).policy == Policy::pattern) {
      burst(window, of(window).required_presses);
    } else {
      press_now(window);
    }
    REQUIRE(of(window).blinking());
  }
  void guess(const Provisioning& window, int times) {
    for (int i = 0; i < times; ++i) {
      if (!of(window).blinking()) press_again(window);
      CHECK(wrong(window));
    }
  }
};

}  // namespace turnkey::provisioning::tests
