// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// The provisioning after the answer, right or wrong. not_found unless the user opened it; conflict
// "window_closed", "presence_not_proven" or "no_blinking". The same answer to the same question counts once.
core::Result<Provisioning> answer_blinks(World& world, const core::UserId& user,
                                         const core::ProvisioningId& id, const BlinkAnswer& answer);

}  // namespace turnkey::provisioning
