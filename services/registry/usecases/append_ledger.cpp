// SPDX-License-Identifier: Apache-2.0
#include "usecases/append_ledger.hpp"

#include "outbound/pg_ledger.hpp"

namespace turnkey::registry {

std::int64_t append_ledger(const Context& context, const LedgerEntry& entry) {
  return context.pool.transaction([&](pqxx::work& tx) { return pg_ledger::append(tx, {entry}); });
}

}  // namespace turnkey::registry
