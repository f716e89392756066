// SPDX-License-Identifier: Apache-2.0
// Changing what a device is called, its tags, its model, and where it is. Admins of its group (and of the
// group that it moves to) and operators.
#pragma once

#include <optional>
#include <string>

#include "domain/device.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {

// Fields that are not given stay as they are.
struct DeviceEdit {
  core::UserId actor;
  std::string serial;
  std::optional<std::string> name{};
  std::optional<Tags> tags{};
  std::optional<std::string> group_id{};  // as the user sent it
  std::optional<std::string> model{};
};

// A move below the same root keeps the history. Only an operator moves a device below another root: that is a
// change of owner, which cuts the history, and takes the former owner's name and tags off unless new ones are
// given. `invalid` with every wrong field. A device that belongs to nobody gets neither group nor model this
// way.
core::Result<Device> edit_device(const Context& context, const DeviceEdit& edit);

}  // namespace turnkey::registry
