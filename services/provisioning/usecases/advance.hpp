// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// What the clock does to windows: time that is up, and bursts of presses that are over. Bursts wait while
// presses may be missing here.
void advance(World& world, bool judge_bursts);

// Somebody else assigned, released or deleted the device at `since`.
void end_windows(World& world, const core::DeviceId& device, const std::string& reason,
                 core::Timestamp since);

}  // namespace turnkey::provisioning
