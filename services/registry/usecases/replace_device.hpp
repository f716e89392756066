// SPDX-License-Identifier: Apache-2.0
// Another unit in the place of one that is broken, in one transaction: it takes over the name, the group, the
// model and the tags, but no history; the old one is released.
#pragma once

#include <string>

#include "domain/device.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct Replacement {
  core::UserId actor;
  std::string serial;      // of the device that goes
  std::string new_serial;  // of the unit that comes
  std::string idempotency_key;
};

// The new unit. Admins of the old one's group and operators; `not_found` also for a new unit that is unknown
// or somebody's. Nobody presses a button here, so where the recipe asks for presence only an operator, who
// sees units that belong to nobody anyway, may replace (`conflict`, presence_not_proven): an admin could take
// another customer's new unit by its serial alone. The old unit's keys end and none is made: nobody would
// learn of it. The same key again gives the same answer.
core::Result<Device> replace_device(const Context& context, const Replacement& wanted);

}  // namespace turnkey::registry
