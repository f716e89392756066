// SPDX-License-Identifier: Apache-2.0
#include "usecases/cancel.hpp"

namespace turnkey::provisioning {

core::Result<core::Done> cancel(World& world, const core::UserId& user, const core::ProvisioningId& id) {
  const auto found = find_own(world, user, id);
  if (!found) return found.error();
  if (found->state == State::completed) return window_closed();
  if (!found->open()) return core::Done{};
  const core::Timestamp now = world.clock.now();
  core::Result<core::Done> result = core::Done{};
  change_device(world, found->device.id, now,
                [&](DeviceWindows& windows, Records&) { result = windows.cancel(id, now); });
  return result;
}

}  // namespace turnkey::provisioning
