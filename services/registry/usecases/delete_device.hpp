// SPDX-License-Identifier: Apache-2.0
// Deleting a device: it is released first, then it is not there any more. Its keys end and its sessions are
// cut; followers are told, also those that were away (`sync_devices`), and erase what they have of it; its
// serial is free for another device, which inherits nothing. The ledger's lines stay. Operators only.
#pragma once

#include "usecases/context.hpp"

namespace turnkey::registry {

struct DeviceDeletion {
  core::UserId actor;
  std::string serial;
  std::string idempotency_key;
};

// `not_found` for everybody but operators. The same key again is no error.
core::Result<core::Done> delete_device(const Context& context, const DeviceDeletion& wanted);

}  // namespace turnkey::registry
