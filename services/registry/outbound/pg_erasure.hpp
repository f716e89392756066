// SPDX-License-Identifier: Apache-2.0
// What there is of people and of a tenant in PostgreSQL: counted, and taken away. Every function works in the
// caller's transaction.
#pragma once

#include <cstdint>
#include <map>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "domain/ledger_line.hpp"
#include "domain/tenure.hpp"

namespace turnkey::registry::pg_erasure {

using Counts = std::map<std::string, std::int64_t>;  // rows by table
using Groups = std::vector<core::GroupId>;
using Users = std::vector<core::UserId>;

// Those of whom nothing is left without these groups: all of their groups are among them. Operators are not.
Users people_of(pqxx::work& tx, const Groups& groups);
// Users and everything that hangs on them.
Counts count_people(pqxx::work& tx, const Users& users);
void remove_people(pqxx::work& tx, const Users& users);

// Without the people: groups, memberships of others, notices, releases that could be taken back.
Counts count_groups(pqxx::work& tx, const Groups& groups);
void remove_groups(pqxx::work& tx, const Groups& groups);
Users members_of(pqxx::work& tx, const Groups& groups);
std::int64_t devices_in(pqxx::work& tx, const Groups& groups);
// When which device was theirs.
std::vector<Tenure> tenures(pqxx::work& tx, const Groups& groups);

// Ledger lines about these groups that hold words.
std::int64_t count_words(pqxx::work& tx, const Groups& groups);
struct Written {
  std::int64_t seq = 0;
  std::string hash_hex;
};
// Takes the words out of them and appends `entry`, which vouches for what stays. Take it last: it holds the
// ledger's head.
Written append_without_words(pqxx::work& tx, const Groups& groups, LedgerEntry entry);

}  // namespace turnkey::registry::pg_erasure
