// SPDX-License-Identifier: Apache-2.0
// One device with its windows and a clock that stands.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include "core/random.hpp"
#include "domain/device_windows.hpp"
#include "domain/rules.hpp"
#include "fixture/examples.hpp"
#include "testing/fake_clock.hpp"

namespace turnkey::provisioning::tests {

// Always the last: the numbers of presses come in rising order, 2, 3, 4, 5.
inline std::uint64_t last_of(std::uint64_t bound) { return bound - 1; }

// One device with its windows, as the transactions of a day would leave them. Between two acts the value is
// made anew, as the store does.
struct Scene {
  explicit Scene(Policy policy = Policy::press) : device(make_device(policy)) {}

  core::Result<Provisioning> open(const core::UserId& user) {
    auto windows = load();
    auto result = windows.open(device, user, core::random_hex(8), clock.now());
    keep(windows);
    return result;
  }
  Provisioning opened(const core::UserId& user) {
    const auto result = open(user);
    REQUIRE(result.has_value());
    return result.value();
  }
  PressEffect press(const Provisioning& window, core::Timestamp at, int count = 1) {
    auto windows = load();
    windows.run_out(clock.now());
    const auto effect = windows.press(window.id, at, count, clock.now());
    keep(windows);
    return effect;
  }
  PressEffect press_now(const Provisioning& window) { return press(window, clock.now()); }
  void tick() {
    auto windows = load();
    windows.run_out(clock.now());
    windows.judge_bursts(clock.now());
    keep(windows);
  }
  // Presses in quick order, then waits until the burst is judged.
  void burst(const Provisioning& window, int presses) {
    for (int i = 0; i < presses; ++i) {
      press_now(window);
      clock.advance(300ms);
    }
    clock.advance(device.burst_pause);
    tick();
  }
  template <typename Work>
  auto with(Work&& work) {
    auto windows = load();
    auto result = work(windows);
    keep(windows);
    return result;
  }
  Provisioning of(const Provisioning& window) const {
    return *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == window.id; });
  }
  State state(const Provisioning& window) const { return of(window).state; }
  std::size_t acts(Act act) const {
    return static_cast<std::size_t>(
        std::count_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.act == act; }));
  }

  DeviceWindows load() const { return DeviceWindows(all, last_of); }
  void keep(const DeviceWindows& windows) {
    for (const auto& one : windows.all()) {
      const auto before =
          std::find_if(all.begin(), all.end(), [&](const auto& old) { return old.id == one.id; });
      if (before != all.end()) CHECK(one.version == before->version + (windows.changed(one.id) ? 1 : 0));
    }
    all = windows.all();
    facts.insert(facts.end(), windows.facts().begin(), windows.facts().end());
  }

  testing::FakeClock clock{kStart};
  Device device;
  std::vector<Provisioning> all;
  std::vector<Fact> facts;
  core::UserId anna = core::UserId::random();
  core::UserId bert = core::UserId::random();
};

inline const Wish kWish{"Generator 4", "aaaaaaaaaaaaaaaaaaaaaaaa", "kd-60"};

}  // namespace turnkey::provisioning::tests
