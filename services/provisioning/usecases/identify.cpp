// SPDX-License-Identifier: Apache-2.0
#include "usecases/identify.hpp"

#include "domain/rules.hpp"

namespace turnkey::provisioning {

core::Result<core::Done> identify(World& world, const core::UserId& user, const core::ProvisioningId& id) {
  const auto found = find_own(world, user, id);
  if (!found) return found.error();
  const core::Timestamp now = world.clock.now();
  core::Result<core::Done> result = core::Done{};
  bool told = false;  // with what was changed: the number of blinks that is asked for
  change_device(world, found->device.id, now, [&](DeviceWindows& windows, Records&) {
    result = windows.identify(id, now);
    told = windows.to_blink(id);
  });
  if (!result || told) return result;
  if (!world.announcer.identify(found->device.id, kIdentifyBlinks, now)) {
    return core::unavailable("The device cannot be reached just now.");
  }
  return core::Done{};
}

}  // namespace turnkey::provisioning
