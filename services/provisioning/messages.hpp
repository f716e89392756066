// SPDX-License-Identifier: Apache-2.0
// A provisioning in the form of the contract (proto/README.md).
#pragma once

#include "contracts/messages.hpp"
#include "domain/provisioning.hpp"

namespace turnkey::provisioning {

contracts::ProvisioningView view_of(const Provisioning& one);
contracts::ProvisioningStatus status_of(const Provisioning& one);
contracts::Windows windows_of(const core::DeviceId& device, const std::vector<Provisioning>& open);

}  // namespace turnkey::provisioning
