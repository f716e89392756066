// SPDX-License-Identifier: Apache-2.0
// The ledger of the whole installation, for its readers: what happened in the groups that they see; all of
// it, and whether it is whole, for operators.
#pragma once

#include <optional>
#include <vector>

#include "outbound/pg_ledger.hpp"
#include "usecases/read_devices.hpp"

namespace turnkey::registry {

// Newest first. `not_found` for a group that is not the reader's.
core::Result<LedgerPage> list_ledger(const Context& context, const core::UserId& actor,
                                     pg_ledger::Filter filter);

struct LedgerExport {
  std::vector<pg_ledger::Line> lines;  // oldest first
  bool more = false;
};
// The next lines after `after_seq`, as many as a message holds; for operators.
core::Result<LedgerExport> export_ledger(const Context& context, const core::UserId& actor,
                                         std::int64_t after_seq, std::optional<core::Timestamp> from,
                                         std::optional<core::Timestamp> to);
core::Result<pg_ledger::Verdict> verify_ledger(const Context& context,
                                               const core::UserId& actor);  // operators

}  // namespace turnkey::registry
