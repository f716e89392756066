// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

// not_found unless the user opened it; conflict "window_closed" when it is completed, "completion_under_way".
// One that has ended otherwise stays as it is, which is no error.
core::Result<core::Done> cancel(World& world, const core::UserId& user, const core::ProvisioningId& id);

}  // namespace turnkey::provisioning
