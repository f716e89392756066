// SPDX-License-Identifier: Apache-2.0
#include "pg/outbox_batch.hpp"

#include <algorithm>
#include <pqxx/result>

#include "pg/pool.hpp"

namespace turnkey::pg {
namespace {

OutboxEntry entry_of(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(),
          row[3].as<std::string>()};
}

// "{1,2,3}", or "" when there are none of this fate.
std::string ids_of(const OutboxBatch& batch, Fate fate) {
  std::string ids;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    if (batch.fates[i] != fate) continue;
    ids += (ids.empty() ? "{" : ",") + std::to_string(batch.entries[i].id);
  }
  return ids.empty() ? ids : ids + "}";
}

}  // namespace

OutboxBatch take_outbox(Pool& pool, const OutboxOptions& options) {
  return pool.transaction([&](pqxx::work& tx) {
    OutboxBatch batch;
    // Two that take at the same time would not see each other's leases.
    tx.exec("select pg_advisory_xact_lock(hashtext('" + options.table + " ' || current_schema()))");
    // The first row of each key that holds back those behind it is found once: a key may have very many rows.
    const auto rows = tx.exec_params(
        "with held as materialized (select key, min(id) as first from " + options.table +
            " where next_attempt_at > statement_timestamp() group by key), due as (select o.id from " +
            options.table +
            " o left join held on held.key = o.key where o.next_attempt_at <= statement_timestamp() and "
            "(held.first is null or o.id < held.first) order by o.id limit $2), taken as (update " +
            options.table +
            " o set next_attempt_at = statement_timestamp() + $1 * interval '1 ms' from due "
            "where o.id = due.id returning o.id, kind, key, payload, next_attempt_at::text) "
            "select * from taken order by id",
        options.lease.count(), options.batch);
    for (const auto& row : rows) {
      batch.entries.push_back(entry_of(row));
      batch.lease = row[4].as<std::string>();
    }
    batch.fates.assign(batch.entries.size(), Fate::untried);
    return batch;
  });
}

void settle_outbox(Pool& pool, const OutboxOptions& options, const OutboxBatch& batch) {
  const std::string ours = " where id = any ($1::bigint[]) and next_attempt_at = $2::timestamptz";
  pool.transaction([&](pqxx::work& tx) {
    const auto settle = [&](Fate fate, const std::string& change) {
      const std::string ids = ids_of(batch, fate);
      if (!ids.empty()) tx.exec_params(change + ours, ids, batch.lease);
    };
    settle(Fate::sent, "delete from " + options.table);
    settle(Fate::untried, "update " + options.table + " set next_attempt_at = clock_timestamp()");
    // 0.2 s, 0.4 s, ... up to a minute, each with jitter.
    settle(Fate::refused,
           "update " + options.table +
               " set attempts = attempts + 1, next_attempt_at = clock_timestamp() + least(60, 0.2 * "
               "2 ^ least(attempts, 12)) * (0.5 + random() / 2) * interval '1 second'");
  });
}

}  // namespace turnkey::pg
