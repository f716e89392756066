// SPDX-License-Identifier: Apache-2.0
// Schema changes, embedded into each service's program from its migrations/*.sql
// (cmake/embed_migrations.cmake).
#pragma once

#include <string>
#include <vector>

namespace turnkey::pg {

struct Migration {
  std::string name;  // "0001_devices"; applied in this order, once
  std::string sql;
};
using Migrations = std::vector<Migration>;

class Pool;

// Applies what is missing, each in its own transaction, under an advisory lock so that replicas may start
// together. The schema (and the table `schema_migrations` in it) is made first. Throws std::runtime_error
// naming the migration that failed, or when an applied one is not known to this program (an older program on
// a newer schema) or its text is no longer the one that was applied (its SHA-256 is kept in the table). Goes
// where `pool` goes over a connection of its own, on which a statement may take as long as it takes.
void migrate(const Pool& pool, const std::string& schema, const Migrations& migrations);

}  // namespace turnkey::pg

// Generated for each service.
const turnkey::pg::Migrations& turnkey_migrations();
