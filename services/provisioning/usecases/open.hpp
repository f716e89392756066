// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usecases/ports.hpp"

namespace turnkey::provisioning {

struct OpenRequest {
  core::UserId user;
  core::Serial serial = core::Serial::trusted("");
  std::string idempotency_key;
};

// not_found (the scan counts as failed); throttled; conflict "device_busy" or "idempotency_key_reused";
// unavailable. The same key by the same user gives the same provisioning.
core::Result<Provisioning> open(World& world, const OpenRequest& request, Deadline deadline);

}  // namespace turnkey::provisioning
