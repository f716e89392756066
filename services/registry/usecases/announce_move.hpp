// SPDX-License-Identifier: Apache-2.0
// Tells the followers of devices that a group was moved: each of its devices has changed, with its new path
// and a new revision. A page of them for each outbox entry, the last thing a page writes is the entry for the
// next, so that a group of any size takes bounded memory, and other events wait for a page at most.
#pragma once

#include "pg/outbox.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// For an entry of kind `kGroupMoved`. True when the page is written; again after a crash it is told twice.
bool announce_moved_devices(const Context& context, const pg::OutboxEntry& entry);

}  // namespace turnkey::registry
