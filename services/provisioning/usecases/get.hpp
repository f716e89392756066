// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// As it stands at this moment, whether or not the timer was there already. not_found unless the user opened
// it.
core::Result<Provisioning> get(World& world, const core::UserId& user, const core::ProvisioningId& id);

}  // namespace turnkey::provisioning
