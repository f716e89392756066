// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_history.hpp"

#include <pqxx/result>

#include "contracts/report_stamp.hpp"
#include "outbound/pg_buckets.hpp"
#include "outbound/pg_connections.hpp"
#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;

const std::string kAsked =
    "with asked as (select d.device_key, x.d as device_id, coalesce(x.s, '-infinity') as since "
    "from jsonb_to_recordset($1::jsonb) as x (d text, s timestamptz) join devices d on d.device_id = x.d "
    "where not d.deleted) ";

// The newest value of each attribute, and whether it is hidden: a clock ran ahead before the hand-over.
const std::string kLatest =
    kAsked +
    "select k.device_id, a.name, (extract(epoch from l.time) * 1000)::bigint, l.number, l.text, "
    "l.received_at < k.since from asked k join latest l using (device_key) join attributes a using "
    "(attribute_key) where l.time >= k.since";

// In place of the hidden ones what the samples say. Apart from the others: any week may have it, and so many
// tables cost time even where nothing is hidden.
const std::string kBehindHidden =
    kAsked +
    "select k.device_id, a.name, (extract(epoch from n.time) * 1000)::bigint, n.number, n.text "
    "from asked k join latest l using (device_key) join attributes a using (attribute_key), lateral ("
    "select s.time, s.number, s.text from samples s where s.device_key = l.device_key "
    "and s.attribute_key = l.attribute_key and s.time >= k.since and s.received_at >= k.since "
    "order by s.time desc, s.received_at desc limit 1) n where l.time >= k.since and l.received_at < k.since";

// For each bucket one look into the index, so that a year costs what an hour does. The whole range is said
// too: with it the weeks outside are left out before the query runs.
const std::string kTrends =
    kAsked +
    ", named as (select attribute_key from attributes where name = $2), "
    "buckets as (select b, $3::timestamptz + b * make_interval(secs => $4 / 1000.0) as begins, "
    "$3::timestamptz + (b + 1) * make_interval(secs => $4 / 1000.0) as ends from generate_series(0, $5 - 1) "
    "b) "
    "select k.device_id, b.b, n.number from asked k cross join named a cross join buckets b, lateral ("
    "select s.number from samples s where s.device_key = k.device_key and s.attribute_key = a.attribute_key "
    "and s.time >= greatest(b.begins, k.since) and s.time < least(b.ends, $6::timestamptz) "
    "and s.time >= $3::timestamptz and s.time < $6::timestamptz "
    "and s.received_at >= k.since and s.number is not null order by s.time desc limit 1) n";

constexpr const char* kLastSeen =
    "select s.device_id, (extract(epoch from greatest(s.last_received_at, s.changed_at)) * 1000)::bigint "
    "from jsonb_to_recordset($1::jsonb) as x (d text, s timestamptz) join device_status s on s.device_id = "
    "x.d "
    "where greatest(s.last_received_at, s.changed_at) >= coalesce(x.s, '-infinity')";

// Beside the counters, the gaps in the numbers that the broker gave to the reports of its journal: a number
// below one that is in here, and itself not.
constexpr const char* kCounters =
    "select name, reason, value from counters union all "
    "select 'missing', '', coalesce(sum(upper(indexes) - stored), 0)::bigint from (select indexes, "
    "(select sum(upper(r) - lower(r)) from unnest(indexes) r) as stored from ingested_segments "
    "where journal <> $1 and journal not in (select spool from spools) "
    "and not isempty(indexes) and indexes <> int8multirange(int8range(0, upper(indexes)))) gaps";

std::string rows_of(const std::vector<DeviceSince>& devices) {
  Json asked = Json::array();
  for (const auto& device : devices) {
    Json row = {{"d", device.device_id}};
    if (device.since) row["s"] = core::to_iso(*device.since);
    asked.push_back(std::move(row));
  }
  return text_of(asked);
}

}  // namespace

std::map<std::string, std::vector<Bucket>> PgHistory::buckets(const std::string& device_id, Values kind,
                                                              const std::vector<std::string>& attributes,
                                                              const HistoryRange& range) {
  return read_buckets(pool_, device_id, kind, attributes, range);
}

std::map<std::string, LatestOf> PgHistory::latest(const std::vector<DeviceSince>& devices) {
  const std::string rows = rows_of(devices);
  std::map<std::string, LatestOf> all;
  pool_.transaction([&](pqxx::work& tx) {
    all.clear();
    // What is hidden for one statement is hidden for the next.
    tx.exec("set transaction isolation level repeatable read, read only");
    const auto add = [&](const pqxx::row& row) {
      LatestValue value{core::from_epoch_ms(row[2].as<std::int64_t>()), optional_of<double>(row[3]),
                        row[4].as<std::string>("")};
      all[row[0].as<std::string>()].values[row[1].as<std::string>()] = std::move(value);
    };
    bool hidden = false;
    for (const auto& row : tx.exec_params(kLatest, rows)) {
      if (row[5].as<bool>()) {
        hidden = true;
      } else {
        add(row);
      }
    }
    if (hidden) {
      for (const auto& row : tx.exec_params(kBehindHidden, rows)) add(row);
    }
    for (const auto& row : tx.exec_params(kLastSeen, rows)) {
      all[row[0].as<std::string>()].last_seen_at = core::from_epoch_ms(row[1].as<std::int64_t>());
    }
  });
  return all;
}

std::map<std::string, Trend> PgHistory::trends(const std::vector<DeviceSince>& devices,
                                               const std::string& attribute, const HistoryRange& range,
                                               int points) {
  const std::string rows = rows_of(devices);
  std::map<std::string, Trend> all;
  pool_.transaction([&](pqxx::work& tx) {
    all.clear();
    for (const auto& row : tx.exec_params(kTrends, rows, attribute, core::to_iso(range.from),
                                          range.width.count(), points, core::to_iso(range.to))) {
      auto& trend = all[row[0].as<std::string>()];
      trend.resize(static_cast<std::size_t>(points));
      trend[row[1].as<std::size_t>()] = row[2].as<double>();
    }
  });
  return all;
}

std::vector<ConnectionLine> PgHistory::connections(const DeviceSince& device, int limit) {
  return read_connections(pool_, device.device_id, device.since, limit);
}

std::map<std::string, std::map<std::string, std::int64_t>> PgHistory::counters() {
  const auto rows = pool_.transaction(
      [](pqxx::work& tx) { return tx.exec_params(kCounters, std::string(contracts::kNoJournal)); });
  std::map<std::string, std::map<std::string, std::int64_t>> all;
  for (const auto& row : rows)
    all[row[0].as<std::string>()][row[1].as<std::string>()] = row[2].as<std::int64_t>();
  return all;
}

}  // namespace turnkey::ingest
