// SPDX-License-Identifier: Apache-2.0
// Passes in PostgreSQL: users whose rights end at a time. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/user.hpp"

namespace turnkey::registry::pg_passes {

struct Pass {
  core::UserId id;  // its user
  std::string name;
  core::GroupId group_id;
  std::vector<core::GroupId> group_path;
  core::Timestamp not_after;
  core::Timestamp created_at;
  core::UserId created_by;
};

void insert(pqxx::work& tx, const Pass& pass);  // its user is there
std::optional<Pass> find(pqxx::work& tx, const core::UserId& id);
// Those that have not ended, in groups that the reader sees, by id; after `after`.
std::vector<Pass> list(pqxx::work& tx, const User& reader, const std::string& after, int limit,
                       core::Timestamp now);
int count_in(pqxx::work& tx, const core::GroupId& group, core::Timestamp now);  // that have not ended
// Users of passes that ended before: of one group, or all.
void remove_ended(pqxx::work& tx, const core::GroupId& group, core::Timestamp before);
void remove_ended(pqxx::work& tx, core::Timestamp before);

}  // namespace turnkey::registry::pg_passes
