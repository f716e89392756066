// SPDX-License-Identifier: Apache-2.0
#include "pg/migrations.hpp"

#include <pqxx/result>
#include <set>
#include <stdexcept>

#include "pg/pool.hpp"

namespace turnkey::pg {
namespace {

void check_known(const std::set<std::string>& applied, const Migrations& migrations) {
  std::set<std::string> known;
  for (const auto& migration : migrations) known.insert(migration.name);
  for (const auto& name : applied) {
    if (known.count(name) == 0) {
      throw std::runtime_error("the schema has the migration " + name +
                               ", which this program does not know: it is older than its data");
    }
  }
}

}  // namespace

void migrate(Pool& pool, const std::string& schema, const Migrations& migrations) {
  // The lock is the transaction's: replicas that start together queue here, one migration at a time.
  const auto locked = [&](const auto& body) {
    pool.transaction([&](pqxx::work& tx) {
      tx.exec("select pg_advisory_xact_lock(hashtext(" + tx.quote("migrate " + schema) + "))");
      body(tx);
    });
  };
  locked([&](pqxx::work& tx) {
    const std::string name = tx.quote_name(schema);
    // Asked first: the role may own the schema without being allowed to create another one.
    if (tx.exec("select from pg_namespace where nspname = " + tx.quote(schema)).empty())
      tx.exec("create schema " + name);
    tx.exec("create table if not exists " + name +
            ".schema_migrations (name text primary key, applied_at timestamptz not null default now())");
  });
  const std::string table = schema + ".schema_migrations";
  for (const auto& migration : migrations) {
    locked([&](pqxx::work& tx) {
      std::set<std::string> applied;
      for (const auto& row : tx.exec("select name from " + table)) applied.insert(row[0].as<std::string>());
      check_known(applied, migrations);
      if (applied.count(migration.name) != 0) return;
      try {
        tx.exec("set local search_path to " + tx.quote_name(schema));
        tx.exec(migration.sql);
        tx.exec("insert into " + table + " (name) values (" + tx.quote(migration.name) + ")");
      } catch (const pqxx::sql_error& error) {
        throw std::runtime_error("the migration " + migration.name + " failed: " + error.what());
      }
    });
  }
}

}  // namespace turnkey::pg
