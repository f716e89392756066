// SPDX-License-Identifier: Apache-2.0
// Several users on one device: numbers of presses that differ, and bursts that serve only the screen that
// they were begun for.
#include <algorithm>

#include "domain/device_windows.hpp"
#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

// Numbers from `fewest` to `most` in random order.
std::vector<int> shuffled_counts(int fewest, int most, const RandomBelow& random_below) {
  std::vector<int> counts;
  for (int count = fewest; count <= most; ++count) counts.push_back(count);
  for (std::size_t left = counts.size(); left > 1; --left) {
    std::swap(counts[left - 1], counts[random_below(left)]);
  }
  return counts;
}

}  // namespace

// A press says that a hand is on the device, not whose: from two windows on, each needs a number of its own.
// A window that has its number keeps it and what it has heard: opening again and again must not steer what
// others see.
void DeviceWindows::contend(Provisioning& opened, core::Timestamp now) {
  Provisioning* asked_for_one = nullptr;
  std::set<int> taken;
  auto next_burst = opened.counts_from;
  for (auto& other : all_) {
    if (other.id == opened.id) continue;
    next_burst = std::max(next_burst, other.counts_from);
    if (other.presses > 0) next_burst = std::max(next_burst, *other.last_press_at + other.device.burst_pause);
    if (other.state != State::waiting) continue;
    if (other.policy == Policy::press) asked_for_one = &other;
    if (other.policy == Policy::pattern) taken.insert(other.required_presses);
    opened.contended = true;
  }
  if (!opened.contended && opened.policy != Policy::pattern) return;
  deal(opened, taken, asked_for_one);
  // The rest of a burst was begun for another screen and could be its number by chance.
  // No later than that: a clock that went back makes nobody deaf.
  opened.counts_from = std::min(next_burst, now + opened.device.burst_pause);
  if (!opened.contended) return;
  if (asked_for_one != nullptr) {
    asked_for_one->policy = Policy::pattern;
    asked_for_one->counts_from = std::max(asked_for_one->counts_from, now);  // a clock may go back
  }
  for (auto& window : all_) {
    if (window.state != State::waiting) continue;
    if (window.contended && window.id != opened.id) continue;
    change(window);
    window.contended = true;
    note(Act::contended, window, now);
  }
}

// Who is alone again hears so, but keeps the number: a burst that was begun for it must not turn wrong.
void DeviceWindows::calm() {
  const auto open = std::count_if(all_.begin(), all_.end(), [](const auto& one) { return one.open(); });
  if (open != 1) return;
  for (auto& window : all_) {
    if (window.state != State::waiting || !window.contended) continue;
    change(window);
    window.contended = false;
  }
}

// Whoever was asked for one press may press once or twice before they see that it is more now, and their
// number right after: neither must be the number of anybody else. So theirs is the greatest one, and two is
// nobody's.
void DeviceWindows::deal(Provisioning& opened, const std::set<int>& taken, Provisioning* asked_for_one) {
  const int fewest = opened.device.policy == Policy::press ? kFewestAfterOne : kFewestPresses;
  const int most = asked_for_one != nullptr ? kMostPresses - 1 : kMostPresses;
  auto counts = shuffled_counts(fewest, most, random_below_);
  std::erase_if(counts, [&](int count) { return taken.contains(count); });
  opened.policy = Policy::pattern;
  opened.required_presses = counts.front();
  if (asked_for_one != nullptr) asked_for_one->required_presses = kMostPresses;
}

// A burst that began before a window listened is not for its screen, however much of it comes later. Its
// first press may only be heard by another window, and after what followed it. While the light is counted
// a window does not listen, but may again at any moment, by a wrong answer.
void DeviceWindows::void_old_burst(Provisioning& window, core::Timestamp at) {
  const auto over = at + window.device.burst_pause;
  const bool concerned = window.state == State::waiting && window.policy == Policy::pattern;
  const bool void_press = window.blinking() || at < window.counts_from;
  if (!concerned || !void_press || over <= window.counts_from) return;
  touch(window);
  window.counts_from = over;
  if (window.presses == 0 || window.blinking()) return;
  change(window);
  window.counts_from = std::max(over, *window.last_press_at + window.device.burst_pause);
  window.presses = 0;
  window.last_press_at.reset();
}

}  // namespace turnkey::provisioning
