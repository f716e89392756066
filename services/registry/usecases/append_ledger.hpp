// SPDX-License-Identifier: Apache-2.0
// Lines that other services write into the ledger.
#pragma once

#include <cstdint>

#include "domain/ledger_line.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// The sequence number of the ledger's last line. The same idempotency key again writes nothing.
std::int64_t append_ledger(const Context& context, const LedgerEntry& entry);

}  // namespace turnkey::registry
