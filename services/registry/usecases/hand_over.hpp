// SPDX-License-Identifier: Apache-2.0
// Giving a device to a group. The device's `assignment_epoch` grows with each change of
// owner, so a hand-over that was prepared against an older owner cannot go through.
#pragma once

#include <cstdint>
#include <string>

#include "domain/device.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct Assignment {
  core::UserId actor;
  core::DeviceId device_id;
  std::int64_t assignment_epoch = 0;  // as it was when the provisioning was opened
  core::ProvisioningId provisioning_id;
  std::string name;      // 1..255 characters
  std::string group_id;  // as the user sent it
  std::string model;
};

// Every field error at once; changes nothing.
core::Result<core::Done> check_assignment(const Context& context, const Assignment& wanted);
// The same provisioning again gives the same answer. `conflict` when the owner changed meanwhile
// (owner_changed) or does not agree (no_consent); `invalid` as above; `not_found` when the actor may not
// provision (any more). Whose it was learns of it.
core::Result<Device> assign_device(const Context& context, const Assignment& wanted);

}  // namespace turnkey::registry
