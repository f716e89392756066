// SPDX-License-Identifier: Apache-2.0
// What the registry tells of devices: windows end when somebody else got the device, or nobody has it.
#pragma once

#include "bus/client.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// `world` must outlive the client's handlers.
void follow_devices(bus::Client& client, World& world);

}  // namespace turnkey::provisioning
