// SPDX-License-Identifier: Apache-2.0
#include "usecases/hear_stray_press.hpp"

#include <algorithm>
#include <set>

#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

std::vector<core::UserId> users_of(const std::vector<Provisioning>& windows) {
  std::set<core::UserId> users;
  for (const auto& window : windows) users.insert(window.user);
  return {users.begin(), users.end()};
}

bool tell(World& world, const Provisioning& window, const OtherPress& press) {
  bool told = false;
  change_device(world, window.device.id, world.clock.now(),
                [&](DeviceWindows& windows, Records&) { told = windows.hear_other(window.id, press); });
  return told;
}

}  // namespace

core::Result<core::Done> hear_stray_press(World& world, const core::DeviceId& device, core::Timestamp at,
                                          Deadline deadline) {
  if (at + kStrayIsNews < world.clock.now()) return core::Done{};
  const auto waiting = world.store.waiting_beside(device, at, kMostWhoMayMeanIt);
  if (waiting.empty()) return core::Done{};
  const auto named = world.registry.who_may_provision(device, users_of(waiting), deadline);
  if (!named) return named.error();
  for (const auto& window : waiting) {
    const auto& users = named->users;
    if (std::find(users.begin(), users.end(), window.user) == users.end()) continue;
    if (tell(world, window, {named->serial, at})) world.counters.count(Counted::other_press_told);
  }
  return core::Done{};
}

void forget_stray_presses(World& world, const core::Serial& serial) {
  for (const auto& window : world.store.told_of(serial)) {
    change_device(world, window.device.id, world.clock.now(),
                  [&](DeviceWindows& windows, Records&) { windows.forget_other(window.id, serial); });
  }
}

}  // namespace turnkey::provisioning
