// SPDX-License-Identifier: Apache-2.0
// How many devices each request brought to its recipe's newest version, in PostgreSQL. Every function works
// in the caller's transaction.
#pragma once

#include <cstdint>
#include <pqxx/transaction>
#include <string>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry::pg_rollouts {

// So many more; in all.
std::int64_t add(pqxx::work& tx, const std::string& request_key, const core::RecipeId& recipe,
                 std::size_t devices, core::Timestamp now);
void sweep(pqxx::work& tx, core::Timestamp before);

}  // namespace turnkey::registry::pg_rollouts
