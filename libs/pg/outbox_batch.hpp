// SPDX-License-Identifier: Apache-2.0
// The relay's rows of one round: taken by a lease, settled after sending. Only the relay uses it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pg/outbox.hpp"

namespace turnkey::pg {

// What has come of a row: sent (deleted), refused (again later, with back-off), or not tried (at once again).
enum class Fate { untried, sent, refused };

struct OutboxBatch {
  std::string lease;  // the time until which the rows are ours, as the database says it; names the owner too
  std::vector<OutboxEntry> entries;
  std::vector<Fate> fates;
};

OutboxBatch take_outbox(Pool& pool, const OutboxOptions& options);
// Rows whose lease has ended and that another relay has taken since are left to that one.
void settle_outbox(Pool& pool, const OutboxOptions& options, const OutboxBatch& batch);

}  // namespace turnkey::pg
