// SPDX-License-Identifier: Apache-2.0
// The stage of the light. A press says that a hand is on the device; a remote watcher of the screen could
// profit from anybody's. Only who sees the device's own light can say how often it blinked.
#include <algorithm>

#include "domain/device_windows.hpp"
#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

core::Error no_blinking() {
  return core::conflict("The light of this device is not counted.", "no_blinking");
}

}  // namespace

int tries_left(const Provisioning& window) { return kWrongBurstsToLock - window.wrong_bursts; }

// Enough was pressed, or nothing need be.
void DeviceWindows::suffice(Provisioning& window, core::Timestamp at, core::Timestamp now) {
  if (!window.device.blink_check) {
    prove(window, at);
    return;
  }
  window.reason.clear();
  ask_to_count(window, now);
  note(Act::blink_asked, window, now);
}

// Never the number of another window, so that who counts another's blinking proves nothing. Every other is as
// likely as the next, whatever was answered before: a guess is right once in four.
void DeviceWindows::ask_to_count(Provisioning& window, core::Timestamp now) {
  std::vector<int> counts;
  for (int count = kFewestBlinks; count <= kMostBlinks; ++count) {
    const bool taken = std::any_of(
        all_.begin(), all_.end(), [&](const Provisioning& one) { return one.open() && one.blinks == count; });
    if (!taken) counts.push_back(count);
  }
  window.blinks = counts[random_below_(counts.size())];
  blink(window, now);
}

// A guess shall cost a press: only who presses again is asked again. Where nothing need be pressed, it is
// asked at once.
void DeviceWindows::ask_anew(Provisioning& window, core::Timestamp now) {
  window.blinks = 0;
  if (window.policy == Policy::none) {
    ask_to_count(window, now);
    return;
  }
  window.presses = 0;
  window.last_press_at.reset();
  window.counts_from = std::max(window.counts_from, now);
}

void DeviceWindows::blink(Provisioning& window, core::Timestamp now) {
  change(window);
  window.identified_at = now;
  to_blink_.insert(window.id);
}

bool DeviceWindows::blinks_for_another(const Provisioning& window) const {
  return std::any_of(all_.begin(), all_.end(), [&](const Provisioning& one) {
    return one.id != window.id && one.open() && one.blinking();
  });
}

core::Result<core::Done> DeviceWindows::answer_blinks(const core::ProvisioningId& id,
                                                      const BlinkAnswer& answer, core::Timestamp now) {
  run_out(now);
  Provisioning* window = find_open(id);
  if (window == nullptr) return window_closed();
  if (!window->device.blink_check) return no_blinking();
  if (window->state == State::proven) return core::Done{};
  if (answer.tries != tries_left(*window)) return core::Done{};  // that question was answered
  if (!window->blinking()) return presence_not_proven();
  if (answer.count == window->blinks) {
    prove(*window, now);
    return core::Done{};
  }
  miss(*window, Act::wrong_blinks, now);
  if (window->state == State::waiting) ask_anew(*window, now);
  return core::Done{};
}

}  // namespace turnkey::provisioning
