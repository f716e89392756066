// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// The device as JSON. not_found unless the user opened it; invalid with every wrong field, nothing changed;
// conflict "window_closed", "presence_not_proven" or "completion_under_way"; unavailable: then it is claimed
// and goes on by itself. A completed one asked again with the same wish answers the same.
core::Result<std::string> complete(World& world, const core::UserId& user, const core::ProvisioningId& id,
                                   const Wish& wish, Deadline deadline);

// Asks the registry again for each claim whose answer is missing.
void recover_completions(World& world);

}  // namespace turnkey::provisioning
