// SPDX-License-Identifier: Apache-2.0
#include "usecases/answer_blinks.hpp"

namespace turnkey::provisioning {

core::Result<Provisioning> answer_blinks(World& world, const core::UserId& user,
                                         const core::ProvisioningId& id, const BlinkAnswer& answer) {
  const auto found = find_own(world, user, id);
  if (!found) return found.error();
  if (!found->open()) return window_closed();
  const core::Timestamp now = world.clock.now();
  core::Result<Provisioning> result = window_closed();
  change_device(world, found->device.id, now, [&](DeviceWindows& windows, Records&) {
    const auto judged = windows.answer_blinks(id, answer, now);
    const Provisioning* window = windows.find(id);
    if (!judged) {
      result = judged.error();
    } else if (window != nullptr) {
      result = *window;
    }
  });
  return result;
}

}  // namespace turnkey::provisioning
