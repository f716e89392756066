// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// A press of a device that has no window. Whoever waits for another device at that moment may stand in front
// of the wrong one: they are told its serial, if the registry says that it may be named to them.
core::Result<core::Done> hear_stray_press(World& world, const core::DeviceId& device, core::Timestamp at,
                                          Deadline deadline);

// The device has another owner, or none: whether it may still be named is not known, so it is not.
void forget_stray_presses(World& world, const core::Serial& serial);

}  // namespace turnkey::provisioning
