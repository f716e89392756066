// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// Has the device blink. not_found unless the user opened it; conflict "window_closed" or "not_waiting";
// throttled; unavailable.
core::Result<core::Done> identify(World& world, const core::UserId& user, const core::ProvisioningId& id);

}  // namespace turnkey::provisioning
