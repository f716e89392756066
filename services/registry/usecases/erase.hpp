// SPDX-License-Identifier: Apache-2.0
// Erasing a person, or a tenant with everything below, with a line in the ledger that says so without naming
// anybody. Operators only. What the other services hold is theirs to erase, before this is applied: who and
// what it is about is known here alone, and afterwards no more.
#pragma once

#include <optional>

#include "outbound/pg_erasure.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct Erasure {
  core::Timestamp at;
  pg_erasure::Users users{};      // who is erased
  pg_erasure::Groups groups{};    // likewise, with everything below
  std::vector<Tenure> tenures{};  // when which device was theirs
  std::int64_t devices = 0;       // still theirs: they have to be released before
  pg_erasure::Counts counts{};
  std::optional<pg_erasure::Written> written{};  // once it is applied
};

struct WantedErasure {
  core::UserId actor;
  bool apply = false;                                     // false: only counted
  contracts::Json elsewhere = contracts::Json::object();  // rows that the others erased, for the ledger
};

// conflict: own_account, last_operator.
core::Result<Erasure> erase_user(const Context& context, const core::UserId& id, const WantedErasure& wanted);
// conflict: devices_remain.
core::Result<Erasure> erase_group(const Context& context, const core::GroupId& id,
                                  const WantedErasure& wanted);

}  // namespace turnkey::registry
