// SPDX-License-Identifier: Apache-2.0
// What provisioning and the registry announce: open windows, devices.
#pragma once

#include <functional>

#include "bus/client.hpp"
#include "contracts/messages.hpp"
#include "usecases/filter_presses.hpp"

namespace turnkey::ingest {

// In the callback, so that a window and the reports around it stay in their order; only queued there.
void subscribe_windows(bus::Client& client, FilterPresses& filter);
void subscribe_devices(bus::Client& client, std::function<void(const contracts::DeviceEvent&)> learn);

}  // namespace turnkey::ingest
