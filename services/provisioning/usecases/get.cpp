// SPDX-License-Identifier: Apache-2.0
#include "usecases/get.hpp"

namespace turnkey::provisioning {

core::Result<Provisioning> get(World& world, const core::UserId& user, const core::ProvisioningId& id) {
  auto found = find_own(world, user, id);
  const core::Timestamp now = world.clock.now();
  if (!found || !found->open() || found->claimed() || now < found->expires_at) return found;
  change_device(world, found->device.id, now,
                [&](DeviceWindows& windows, Records&) { windows.run_out(now); });
  return find_own(world, user, id);
}

}  // namespace turnkey::provisioning
