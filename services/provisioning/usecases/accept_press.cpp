// SPDX-License-Identifier: Apache-2.0
#include "usecases/accept_press.hpp"

#include <algorithm>

namespace turnkey::provisioning {
namespace {

constexpr std::size_t kWindowsAtOnce = 100;

Counted counted(PressEffect effect) {
  switch (effect) {
    case PressEffect::counted:
      return Counted::press_counted;
    case PressEffect::outside:
      return Counted::press_outside;
    case PressEffect::no_window:
      return Counted::press_without_window;
  }
  return Counted::press_without_window;
}

// Of windows that wait and are meant by `wanted`; also what came right before them, because a burst that
// began then is not theirs.
bool ask_for_presses(World& world, const std::function<bool(const Provisioning&)>& wanted) {
  auto windows = world.store.open_windows();
  std::erase_if(windows, [&](const auto& window) { return !window.listens() || !wanted(window); });
  for (auto& window : windows) window.started_at -= window.device.burst_pause;
  for (std::size_t from = 0; from < windows.size(); from += kWindowsAtOnce) {
    const std::vector<Provisioning> some(
        windows.begin() + static_cast<std::ptrdiff_t>(from),
        windows.begin() + static_cast<std::ptrdiff_t>(std::min(windows.size(), from + kWindowsAtOnce)));
    auto presses = world.ingest.recent_presses(some);
    if (!presses) return false;
    std::sort(presses->begin(), presses->end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const Press& press : *presses) accept_press(world, press);
  }
  return true;
}

}  // namespace

void accept_press(World& world, const Press& press) {
  const auto found = world.store.find(press.provisioning);
  if (!found) return world.counters.count(Counted::press_without_window);
  const core::Timestamp now = world.clock.now();
  Counted what = Counted::press_repeated;
  change_device(world, found->device.id, now, [&](DeviceWindows& windows, Records& records) {
    windows.run_out(now);  // once the time is up, a press that was made inside comes too late
    what = records.remember_press(press)
               ? counted(windows.press(press.provisioning, press.at, press.count, now))
               : Counted::press_repeated;
  });
  world.counters.count(what);
}

bool recover_presses(World& world) {
  return ask_for_presses(world, [](const Provisioning&) { return true; });
}

bool recover_presses_of(World& world, const std::vector<core::DeviceId>& devices) {
  return ask_for_presses(world, [&](const Provisioning& window) {
    return std::find(devices.begin(), devices.end(), window.device.id) != devices.end();
  });
}

}  // namespace turnkey::provisioning
