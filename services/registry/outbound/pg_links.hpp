// SPDX-License-Identifier: Apache-2.0
// One-time links in PostgreSQL, by the hash of their token. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>

#include "domain/one_time_link.hpp"

namespace turnkey::registry::pg_links {

void insert(pqxx::work& tx, const OneTimeLink& link, const std::string& token_hash_hex, core::Timestamp now);
// One that was neither used nor has ended.
std::optional<OneTimeLink> find(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now);
void mark_used(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now);
void void_of(pqxx::work& tx, const core::UserId& user);  // all of the user's that were not used
void sweep(pqxx::work& tx, core::Timestamp now);         // those that have ended

}  // namespace turnkey::registry::pg_links
