// SPDX-License-Identifier: Apache-2.0
#include "pg/migrations.hpp"

#include <map>
#include <pqxx/result>
#include <stdexcept>

#include "core/hash.hpp"
#include "pg/pool.hpp"
#include "pg/sqlstate.hpp"

namespace turnkey::pg {
namespace {

using Applied = std::map<std::string, std::string>;  // name -> SHA-256 of its text, "" when none was written

void check_known(const Applied& applied, const Migrations& migrations) {
  std::map<std::string, std::string> known;
  for (const auto& migration : migrations) known.emplace(migration.name, migration.sql);
  for (const auto& [name, hash] : applied) {
    const auto found = known.find(name);
    if (found == known.end()) {
      throw std::runtime_error("the schema has the migration " + name +
                               ", which this program does not know: it is older than its data");
    }
    if (!hash.empty() && hash != core::sha256_hex(found->second)) {
      throw std::runtime_error("the text of the migration " + name +
                               " was changed after it was applied: put it back, and add a new one");
    }
  }
}

Applied applied_in(pqxx::work& tx, const std::string& table) {
  Applied applied;
  for (const auto& row : tx.exec("select name, coalesce(sha256, '') from " + table))
    applied.emplace(row[0].as<std::string>(), row[1].as<std::string>());
  return applied;
}

void make_table(pqxx::work& tx, const std::string& schema, const std::string& table) {
  // Asked first: the role may own the schema without being allowed to create another one.
  if (tx.exec("select from pg_namespace where nspname = " + tx.quote(schema)).empty())
    tx.exec("create schema " + tx.quote_name(schema));
  tx.exec("create table if not exists " + table +
          " (name text primary key, applied_at timestamptz not null default now(), sha256 text)");
  // Of a schema that was made before texts were remembered; asked first because altering locks the table.
  if (tx.exec("select from pg_attribute where attname = 'sha256' and attrelid = " + tx.quote(table) +
              "::regclass")
          .empty())
    tx.exec("alter table " + table + " add column sha256 text");
}

void apply(pqxx::work& tx, const std::string& schema, const std::string& table, const Migration& migration) {
  try {
    tx.exec("set local search_path to " + tx.quote_name(schema));
    tx.exec(migration.sql);
    tx.exec("insert into " + table + " (name, sha256) values (" + tx.quote(migration.name) + ", " +
            tx.quote(core::sha256_hex(migration.sql)) + ")");
  } catch (const pqxx::sql_error& error) {
    if (is_unavailable(error.sqlstate())) throw;
    throw std::runtime_error("the migration " + migration.name + " failed: " + error.what());
  }
}

// An index on a large table takes minutes: cut at the limit of a usual statement, each start would begin it
// anew and none would end it. Replicas wait for each other that long too.
PoolOptions without_limits(PoolOptions options) {
  options.size = 1;
  options.statement_timeout = std::chrono::milliseconds(0);  // and so no watchdog
  return options;
}

}  // namespace

void migrate(const Pool& usual, const std::string& schema, const Migrations& migrations) {
  Pool pool(without_limits(usual.options()));
  std::string table;
  // The lock is the transaction's: replicas that start together queue here, one migration at a time.
  const auto locked = [&](const auto& body) {
    pool.transaction([&](pqxx::work& tx) {
      tx.exec("select pg_advisory_xact_lock(hashtext(" + tx.quote("migrate " + schema) + "))");
      body(tx);
    });
  };
  locked([&](pqxx::work& tx) {
    table = tx.quote_name(schema) + ".schema_migrations";
    make_table(tx, schema, table);
    check_known(applied_in(tx, table), migrations);
  });
  for (const auto& migration : migrations) {
    locked([&](pqxx::work& tx) {
      const Applied applied = applied_in(tx, table);
      check_known(applied, migrations);
      if (applied.count(migration.name) == 0) apply(tx, schema, table, migration);
    });
  }
}

}  // namespace turnkey::pg
