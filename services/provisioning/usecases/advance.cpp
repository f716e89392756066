// SPDX-License-Identifier: Apache-2.0
#include "usecases/advance.hpp"

#include "usecases/accept_press.hpp"

namespace turnkey::provisioning {

void advance(World& world, bool judge_bursts) {
  const core::Timestamp now = world.clock.now();
  for (const auto& device : world.store.devices_due(now, false)) {
    change_device(world, device, now, [&](DeviceWindows& windows, Records&) { windows.run_out(now); });
  }
  if (!judge_bursts) return;
  const auto due = world.store.devices_due(now, true);
  // A press that is still on its way would make another screen's number of what was heard so far.
  if (due.empty() || !recover_presses_of(world, due)) return;
  for (const auto& device : due) {
    change_device(world, device, now, [&](DeviceWindows& windows, Records&) { windows.judge_bursts(now); });
  }
}

void end_windows(World& world, const core::DeviceId& device, const std::string& reason,
                 core::Timestamp since) {
  const core::Timestamp now = world.clock.now();
  change_device(world, device, now,
                [&](DeviceWindows& windows, Records&) { windows.supersede_all(reason, since, now); });
}

}  // namespace turnkey::provisioning
