// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// Counts a press once, however often it comes.
void accept_press(World& world, const Press& press);

// Asks ingest for presses that came while nobody listened here. False: ask again later.
bool recover_presses(World& world);
bool recover_presses_of(World& world, const std::vector<core::DeviceId>& devices);

}  // namespace turnkey::provisioning
