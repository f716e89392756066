// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_partitions.hpp"

#include <fmt/format.h>

#include <pqxx/result>

namespace turnkey::ingest {
namespace {

// One process at a time: `create table if not exists` alone fails when two run it together.
void take_turn(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('telemetry partitions'))"); }

bool exists(pqxx::work& tx, const Week& week) {
  return !tx.exec_params("select where to_regclass($1) is not null", "telemetry." + week.table()).empty();
}

}  // namespace

// Made apart and attached then: that way inserting into the other weeks goes on.
void make_partition(pg::Pool& pool, const Week& week) {
  pool.transaction([&](pqxx::work& tx) {
    take_turn(tx);
    if (exists(tx, week)) return;
    const std::string table = week.table();
    const std::string begin = core::to_iso(week.begin());
    const std::string end = core::to_iso(week.end());
    // As migrations/0011_samples_by_time.sql does for weeks from before.
    tx.exec(fmt::format(
        "create table {} (like samples including defaults) with "
        "(autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000000)",
        table));
    tx.exec(fmt::format("create index on {} (device_key, attribute_key, time)", table));
    tx.exec(
        fmt::format("create index on {} using brin (time timestamptz_minmax_multi_ops "
                    "(values_per_range = 32)) with (pages_per_range = 128)",
                    table));
    tx.exec(fmt::format("alter table samples attach partition {} for values from ('{}') to ('{}')", table,
                        begin, end));
  });
}

std::vector<Week> partitions(pg::Pool& pool) {
  const auto rows = pool.transaction([](pqxx::work& tx) {
    return tx.exec(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
        "where i.inhparent = 'telemetry.samples'::regclass order by 1");
  });
  std::vector<Week> weeks;
  for (const auto& row : rows) {
    if (const auto week = Week::of_table(row[0].as<std::string>())) weeks.push_back(*week);
  }
  return weeks;
}

std::vector<Week> drop_partitions(pg::Pool& pool, core::Timestamp before) {
  std::vector<Week> dropped;
  for (const auto& week : partitions(pool)) {
    if (week.end() > before) continue;
    pool.transaction([&](pqxx::work& tx) {
      take_turn(tx);
      tx.exec("drop table if exists " + week.table());
    });
    dropped.push_back(week);
  }
  return dropped;
}

}  // namespace turnkey::ingest
