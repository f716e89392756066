// SPDX-License-Identifier: Apache-2.0
// API tokens in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/api_token.hpp"

namespace turnkey::registry::pg_tokens {

void insert(pqxx::work& tx, const ApiToken& token, const std::string& token_hash_hex);
// One that has not ended; notes, to the minute, that it was used.
std::optional<ApiToken> use(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now);
std::optional<ApiToken> find(pqxx::work& tx, const ApiTokenId& id);
// Those that have not ended, of this user or of all, by id; after `after`.
std::vector<ApiToken> list(pqxx::work& tx, const std::optional<core::UserId>& user, const std::string& after,
                           int limit, core::Timestamp now);
int count_of(pqxx::work& tx, const core::UserId& user, core::Timestamp now);  // that have not ended
void remove(pqxx::work& tx, const ApiTokenId& id);
void remove_all_of(pqxx::work& tx, const core::UserId& user);
void sweep(pqxx::work& tx, core::Timestamp now);  // those that have ended

}  // namespace turnkey::registry::pg_tokens
