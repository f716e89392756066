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

// `from` and `to` are looked at with the first page; the ones after it go by number, up to its `through_seq`.
struct WantedExport {
  pg_ledger::Range range{};
  std::optional<core::Timestamp> from{};
  std::optional<core::Timestamp> to{};
};
struct LedgerExport {
  std::vector<pg_ledger::Line> lines;  // oldest first, without holes
  bool more = false;
  std::int64_t through_seq = 0;
};
// As many lines as a message holds; for operators.
core::Result<LedgerExport> export_ledger(const Context& context, const core::UserId& actor,
                                         const WantedExport& wanted);
// For operators. A ledger of any length is verified page by page: each goes on where the one before ended.
core::Result<pg_ledger::Verdict> verify_ledger(const Context& context, const core::UserId& actor,
                                               const pg_ledger::Link& after, std::int64_t most);

}  // namespace turnkey::registry
