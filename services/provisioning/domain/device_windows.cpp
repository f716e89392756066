// SPDX-License-Identifier: Apache-2.0
#include "domain/device_windows.hpp"

#include <algorithm>
#include <array>

#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

std::chrono::seconds seconds_until(core::Timestamp then, core::Timestamp now) {
  return std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(then - now));
}

core::Error device_busy(std::chrono::seconds retry_after) {
  core::Error error = core::conflict(
      "Someone else is provisioning this device just now. Try again when they have finished.", "device_busy");
  error.retry_after = retry_after;
  return error;
}

Provisioning fresh_window(const Device& device, const core::UserId& user, const std::string& key,
                          core::Timestamp now) {
  Provisioning window;
  window.id = core::ProvisioningId::random();
  window.user = user;
  window.device = device;
  window.idempotency_key = key;
  window.started_at = now;
  window.counts_from = now;
  window.expires_at = now + device.window;
  window.policy = device.policy;
  return window;
}

}  // namespace

core::Error window_closed() {
  return core::conflict("The window of this provisioning has closed. Scan the device again.",
                        "window_closed");
}
core::Error presence_not_proven(bool blinking) {
  return core::conflict(
      blinking ? "Say first how often the light blinked." : "Press the button on the device first.",
      "presence_not_proven");
}
core::Error completion_under_way() {
  core::Error error = core::conflict("This device is being handed over just now.", "completion_under_way");
  error.retry_after = kBusyWithHandOver;
  return error;
}

DeviceWindows::DeviceWindows(std::vector<Provisioning> known, RandomBelow random_below)
    : all_(std::move(known)), random_below_(std::move(random_below)) {}

const Provisioning* DeviceWindows::find(const core::ProvisioningId& id) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.id == id; });
  return found == all_.end() ? nullptr : &*found;
}

Provisioning* DeviceWindows::find_open(const core::ProvisioningId& id) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.id == id && one.open(); });
  return found == all_.end() ? nullptr : &*found;
}

void DeviceWindows::change(Provisioning& window) {
  touch(window);
  if (changed_.insert(window.id).second) ++window.version;
}

void DeviceWindows::note(Act act, const Provisioning& window, core::Timestamp at) {
  facts_.push_back({act, at, window.reason, window.user, window.id, window.device.id,
                    window.device.serial.str(), window.heard});
}

void DeviceWindows::end(Provisioning& window, Step step, const std::string& reason, core::Timestamp now) {
  const auto next = after(window.state, step);
  if (!next) return;
  change(window);
  window.state = *next;
  window.reason = reason;
  window.blinks = 0;
  window.ended_at = now;
  window.other_press.reset();
  constexpr auto kActs = std::array{Act::proven,  Act::completed,  Act::cancelled,
                                    Act::expired, Act::superseded, Act::locked};  // in the order of Step
  note(kActs[static_cast<std::size_t>(step)], window, now);
}

void DeviceWindows::run_out(core::Timestamp now) {
  for (auto& window : all_) {
    if (window.open() && !window.claimed() && now >= window.expires_at) {
      end(window, Step::run_out, "time_up", now);
    }
  }
  calm();
}

core::Result<core::Done> DeviceWindows::may_open(const core::UserId& user, core::Timestamp now) const {
  int others = 0;
  auto earliest = core::Timestamp::max();
  for (const auto& window : all_) {
    if (window.user == user && window.state == State::locked &&
        window.ended_at.value_or(now) + kLockedFor > now)
      return core::throttled("Too many wrong tries on this device. Wait before you scan it again.",
                             seconds_until(*window.ended_at + kLockedFor, now));
    if (window.claimed()) return device_busy(kBusyWithHandOver);
    if (!window.open() || window.user == user) continue;
    if (window.state == State::proven || window.blinking())
      return device_busy(seconds_until(window.expires_at, now));
    ++others;
    earliest = std::min(earliest, window.expires_at);
  }
  if (others >= kMostWindows) return device_busy(seconds_until(earliest, now));
  return core::Done{};
}

// Opening again is no way round the lock, whether or not the window before was cancelled or ran out.
int DeviceWindows::wrong_so_far(const core::UserId& user, core::Timestamp now) const {
  int most = 0;
  for (const auto& window : all_) {
    const bool recent = window.open() || window.ended_at.value_or(now) + kLockedFor > now;
    if (window.user == user && recent && window.state != State::completed && !window.passed_on())
      most = std::max(most, window.wrong_bursts);
  }
  return most;
}

core::Result<Provisioning> DeviceWindows::open(const Device& device, const core::UserId& user,
                                               const std::string& key, core::Timestamp now) {
  run_out(now);
  if (auto allowed = may_open(user, now); !allowed) return std::move(allowed).error();
  const int wrong_bursts = wrong_so_far(user, now);
  for (auto& window : all_) {
    if (window.open() && window.user == user) end(window, Step::supersede, kOpenedAgain, now);
  }
  all_.push_back(fresh_window(device, user, key, now));
  Provisioning& window = all_.back();
  window.wrong_bursts = wrong_bursts;
  touch(window);
  changed_.insert(window.id);  // it is told as version 1
  note(Act::opened, window, now);
  if (window.policy == Policy::none) {
    suffice(window, now, now);
  } else {
    contend(window, now);
  }
  return all_.back();
}

void DeviceWindows::prove(Provisioning& window, core::Timestamp at) {
  const auto next = after(window.state, Step::prove);
  if (!next) return;
  change(window);
  window.state = *next;
  window.reason.clear();
  window.blinks = 0;
  window.proven_at = at;
  note(Act::proven, window, at);
}

void DeviceWindows::judge(Provisioning& window, core::Timestamp at, core::Timestamp now) {
  if (window.presses == window.required_presses) {
    suffice(window, window.last_press_at.value_or(at), now);
    return;
  }
  window.presses = 0;
  window.last_press_at.reset();
  miss(window, Act::wrong_pattern, at);
}

void DeviceWindows::miss(Provisioning& window, Act act, core::Timestamp now) {
  const bool pattern = act == Act::wrong_pattern;
  change(window);
  window.reason = pattern ? "wrong_pattern" : "wrong_blinks";
  note(act, window, now);
  if (++window.wrong_bursts < kWrongBurstsToLock) return;
  end(window, Step::lock, pattern ? "too_many_wrong_patterns" : "too_many_wrong_blinks", now);
  calm();
}

void DeviceWindows::judge_bursts(core::Timestamp now) {
  for (auto& window : all_) {
    const bool bursting = window.listens() && window.policy == Policy::pattern && window.presses > 0;
    if (bursting && now >= *window.last_press_at + window.device.burst_pause) judge(window, now, now);
  }
}

PressEffect DeviceWindows::press(const core::ProvisioningId& id, core::Timestamp at, int count,
                                 core::Timestamp now) {
  for (auto& any : all_) void_old_burst(any, at);
  Provisioning* window = find_open(id);
  if (window == nullptr || !window->listens()) return PressEffect::no_window;
  if (at < window->counts_from || at >= window->expires_at) return PressEffect::outside;
  if (window->policy == Policy::pattern && window->presses > 0 &&
      at >= *window->last_press_at + window->device.burst_pause) {
    judge(*window, at, now);  // the burst before this press was over by the stamps
    if (!window->listens()) {
      void_old_burst(*window, at);
      return PressEffect::no_window;
    }
  }
  change(*window);
  window->heard = true;
  window->other_press.reset();
  window->reason.clear();
  window->presses += count;
  window->last_press_at = std::max(at, window->last_press_at.value_or(at));
  if (window->policy == Policy::press) suffice(*window, at, now);
  return PressEffect::counted;
}

bool DeviceWindows::hear_other(const core::ProvisioningId& id, const OtherPress& press) {
  Provisioning* window = find_open(id);
  if (window == nullptr || !window->listens() || window->heard) return false;
  if (press.at < window->started_at || press.at >= window->expires_at) return false;
  if (const auto& told = window->other_press) {
    const auto pause = told->serial == press.serial ? kSameOtherEvery : kAnyOtherEvery;
    if (press.at < told->at + pause) return false;
  }
  change(*window);
  window->other_press = press;
  return true;
}

void DeviceWindows::forget_other(const core::ProvisioningId& id, const core::Serial& serial) {
  Provisioning* window = find_open(id);
  if (window == nullptr || !window->other_press || window->other_press->serial != serial) return;
  change(*window);
  window->other_press.reset();
}

core::Result<Provisioning> DeviceWindows::claim(const core::ProvisioningId& id, const Wish& wish,
                                                core::Timestamp now) {
  run_out(now);
  Provisioning* window = find_open(id);
  if (window == nullptr) return window_closed();
  if (window->claimed()) {
    if (*window->wish == wish) return *window;
    return completion_under_way();
  }
  if (window->state != State::proven) return presence_not_proven(window->blinking());
  for (const auto& other : all_) {
    if (other.claimed()) return completion_under_way();
  }
  touch(*window);
  window->completing_at = now;
  window->wish = wish;
  return *window;
}

bool DeviceWindows::complete(const core::ProvisioningId& id, const Wish& wish, const std::string& result,
                             core::Timestamp now) {
  Provisioning* window = find_open(id);
  if (window == nullptr || !window->claimed() || *window->wish != wish) return false;
  window->result = result;
  end(*window, Step::complete, "", now);
  supersede_all("completed_by_other", now, now);
  return true;
}

void DeviceWindows::release_claim(const core::ProvisioningId& id, const Wish& wish) {
  Provisioning* window = find_open(id);
  if (window == nullptr || !window->claimed() || *window->wish != wish) return;
  touch(*window);
  window->completing_at.reset();
  window->wish.reset();
}

void DeviceWindows::lose_claim(const core::ProvisioningId& id, const Wish& wish, const std::string& reason,
                               core::Timestamp now) {
  release_claim(id, wish);
  lose(id, reason, now);
}

void DeviceWindows::lose(const core::ProvisioningId& id, const std::string& reason, core::Timestamp now) {
  Provisioning* window = find_open(id);
  if (window != nullptr && !window->claimed()) end(*window, Step::supersede, reason, now);
  calm();
}

core::Result<core::Done> DeviceWindows::cancel(const core::ProvisioningId& id, core::Timestamp now) {
  run_out(now);
  Provisioning* window = find_open(id);
  if (window == nullptr) return core::Done{};
  if (window->claimed()) return completion_under_way();
  end(*window, Step::cancel, "cancelled", now);
  calm();
  return core::Done{};
}

core::Result<core::Done> DeviceWindows::identify(const core::ProvisioningId& id, core::Timestamp now) {
  run_out(now);
  Provisioning* window = find_open(id);
  if (window == nullptr) return window_closed();
  if (window->state != State::waiting) {
    return core::conflict("The device has been found: its button was pressed.", "not_waiting");
  }
  if (window->identified_at && now < *window->identified_at + kIdentifyEvery) {
    return core::throttled("The device blinks already. Wait a moment.",
                           seconds_until(*window->identified_at + kIdentifyEvery, now));
  }
  if (window->blinking()) {
    blink(*window, now);
    return core::Done{};
  }
  if (blinks_for_another(*window)) {
    return core::throttled("Somebody counts the light of this device just now. Wait a moment.",
                           kBusyWithHandOver);
  }
  touch(*window);
  window->identified_at = now;
  return core::Done{};
}

void DeviceWindows::supersede_all(const std::string& reason, core::Timestamp since, core::Timestamp now) {
  for (auto& window : all_) {
    const bool concerned = window.open() && !window.claimed() && window.started_at <= since;
    if (concerned) end(window, Step::supersede, reason, now);
  }
  calm();
}

std::optional<core::Timestamp> scans_again_at(std::vector<core::Timestamp> failed, core::Timestamp now) {
  std::erase_if(failed, [&](core::Timestamp at) { return at + kFailedScanCounts <= now; });
  if (failed.size() < kFailedScansToWait) return std::nullopt;
  std::sort(failed.begin(), failed.end());
  return failed[failed.size() - kFailedScansToWait] + kFailedScanCounts;
}

std::string_view to_string(Act act) {
  constexpr std::array<std::string_view, 12> kNames = {
      "provisioning.opened",      "provisioning.refused",      "provisioning.superseded",
      "provisioning.contended",   "provisioning.proven",       "provisioning.wrong_pattern",
      "provisioning.blink_asked", "provisioning.wrong_blinks", "provisioning.locked",
      "provisioning.completed",   "provisioning.cancelled",    "provisioning.expired"};
  return kNames[static_cast<std::size_t>(act)];
}

}  // namespace turnkey::provisioning
