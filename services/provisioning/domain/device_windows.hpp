// SPDX-License-Identifier: Apache-2.0
// The windows of one device and every rule about them (design.md section 6). A value that lives for one
// transaction: the store makes it under the device's lock and saves what changed. Pure, not thread safe.
//
// Invariants: at most one open window a user, at most kMostWindows at all, at most one claimed; open windows
// that are contended require different numbers of presses; those whose light is to be counted have different
// numbers of blinks; a version grows at most by one in one life.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "domain/provisioning.hpp"

namespace turnkey::provisioning {

using RandomBelow = std::function<std::uint64_t(std::uint64_t)>;

// How often the light blinked, as the person at the screen counted. `tries` is what the question said was
// left: it names the question, so that the same answer sent twice counts once.
struct BlinkAnswer {
  int count = 0;
  int tries = 0;
};

enum class PressEffect {
  counted,    // it belongs to a burst or proved the window
  outside,    // stamped before or after the time in which presses count
  no_window,  // nothing waits for a press there
};

class DeviceWindows {
 public:
  // The open windows, and those in which something was wrong that ended within the last kLockedFor.
  explicit DeviceWindows(std::vector<Provisioning> known, RandomBelow random_below = core::random_below);

  // `expired` for all whose time is up and that are not claimed.
  void run_out(core::Timestamp now);
  // Bursts whose pause is over prove, or are wrong and begin again, or lock.
  void judge_bursts(core::Timestamp now);

  // conflict "device_busy" with a time; throttled while locked for this user.
  core::Result<Provisioning> open(const Device& device, const core::UserId& user, const std::string& key,
                                  core::Timestamp now);
  // Made at `at`, heard `now`.
  PressEffect press(const core::ProvisioningId& id, core::Timestamp at, int count, core::Timestamp now);
  // Right: proven. Wrong: it locks, or listens for presses anew; without a press to be asked for it blinks
  // anew at once. An answer to a question that was answered changes nothing. conflict "window_closed",
  // "presence_not_proven", "no_blinking".
  core::Result<core::Done> answer_blinks(const core::ProvisioningId& id, const BlinkAnswer& answer,
                                         core::Timestamp now);
  // A device that its user could provision was pressed, not this one. True when that is news for the window:
  // it was open, waits, has heard nothing, and was not told the like a moment ago.
  bool hear_other(const core::ProvisioningId& id, const OtherPress& press);
  void forget_other(const core::ProvisioningId& id, const core::Serial& serial);
  // conflict: "window_closed", "presence_not_proven", "completion_under_way" (another wish is claimed).
  // The same wish again is no error: the claim stands.
  core::Result<Provisioning> claim(const core::ProvisioningId& id, const Wish& wish, core::Timestamp now);
  // True when it became completed now; the other windows of the device end. Only for the claim of `wish`.
  bool complete(const core::ProvisioningId& id, const Wish& wish, const std::string& result,
                core::Timestamp now);
  void release_claim(const core::ProvisioningId& id, const Wish& wish);
  // The registry lets nobody have the device by this window any more: it is somebody else's now, or its owner
  // does not agree. What is claimed stays: only the registry's answer to that ends it.
  void lose(const core::ProvisioningId& id, const std::string& reason, core::Timestamp now);
  // That was the registry's answer to the claim.
  void lose_claim(const core::ProvisioningId& id, const Wish& wish, const std::string& reason,
                  core::Timestamp now);
  // conflict "completion_under_way"; a window that has ended otherwise than by completion is no error.
  core::Result<core::Done> cancel(const core::ProvisioningId& id, core::Timestamp now);
  // In the stage of the light the same number of blinks again. conflict "window_closed", "not_waiting";
  // throttled.
  core::Result<core::Done> identify(const core::ProvisioningId& id, core::Timestamp now);
  // The device was assigned, released or deleted at `since`: windows opened until then end.
  void supersede_all(const std::string& reason, core::Timestamp since, core::Timestamp now);

  const Provisioning* find(const core::ProvisioningId& id) const;
  const std::vector<Provisioning>& all() const { return all_; }
  bool touched(const core::ProvisioningId& id) const { return touched_.contains(id); }    // to be saved
  bool changed(const core::ProvisioningId& id) const { return changed_.contains(id); }    // to be told
  bool to_blink(const core::ProvisioningId& id) const { return to_blink_.contains(id); }  // `blinks` times
  const std::vector<Fact>& facts() const { return facts_; }

 private:
  Provisioning* find_open(const core::ProvisioningId& id);
  core::Result<core::Done> may_open(const core::UserId& user, core::Timestamp now) const;
  int wrong_so_far(const core::UserId& user, core::Timestamp now) const;
  void calm();
  void contend(Provisioning& opened, core::Timestamp now);
  void deal(Provisioning& opened, const std::set<int>& taken, Provisioning* asked_for_one);
  void void_old_burst(Provisioning& window, core::Timestamp at);
  void judge(Provisioning& window, core::Timestamp at, core::Timestamp now);
  void suffice(Provisioning& window, core::Timestamp at, core::Timestamp now);
  void ask_to_count(Provisioning& window, core::Timestamp now);
  void ask_anew(Provisioning& window, core::Timestamp now);
  void blink(Provisioning& window, core::Timestamp now);
  bool blinks_for_another(const Provisioning& window) const;
  void miss(Provisioning& window, Act act, core::Timestamp now);
  void prove(Provisioning& window, core::Timestamp at);
  void end(Provisioning& window, Step step, const std::string& reason, core::Timestamp now);
  void touch(const Provisioning& window) { touched_.insert(window.id); }
  void change(Provisioning& window);
  void note(Act act, const Provisioning& window, core::Timestamp at);

  std::vector<Provisioning> all_;
  RandomBelow random_below_;
  std::set<core::ProvisioningId> touched_;
  std::set<core::ProvisioningId> changed_;
  std::set<core::ProvisioningId> to_blink_;
  std::vector<Fact> facts_;
};

// When a user whose scans failed at these times may scan again; nothing when now.
std::optional<core::Timestamp> scans_again_at(std::vector<core::Timestamp> failed, core::Timestamp now);

// Wrong answers that are left until it locks, this one included.
int tries_left(const Provisioning& window);

core::Error window_closed();
core::Error presence_not_proven(bool blinking = false);
core::Error completion_under_way();

}  // namespace turnkey::provisioning
