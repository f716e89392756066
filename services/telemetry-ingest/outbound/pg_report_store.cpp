// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_report_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pqxx/except>
#include <pqxx/result>
#include <pqxx/stream_to>
#include <tuple>

#include "domain/rollup.hpp"
#include "outbound/pg_connections.hpp"
#include "outbound/pg_faults.hpp"
#include "outbound/pg_partitions.hpp"
#include "outbound/pg_rollups.hpp"
#include "outbound/pg_rows.hpp"
#include "pg/migrations.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;

constexpr std::size_t kKeysCached = 200'000;

// Which entries of the batch are in already; their rows stay locked until the end of the transaction.
std::map<JournalSegment, IndexRanges> stored_before(pqxx::work& tx, const Batch& batch) {
  std::map<JournalSegment, Json> asked;
  for (const auto& item : batch.items) asked[item.key.segment].push_back(item.key.index);
  std::map<JournalSegment, IndexRanges> known;
  for (const auto& [segment, indexes] : asked) {
    tx.exec_params("insert into ingested_segments (journal, segment) values ($1, $2) on conflict do nothing",
                   segment.journal, segment.segment);
    tx.exec_params("select from ingested_segments where journal = $1 and segment = $2 for update",
                   segment.journal, segment.segment);
    const auto rows = tx.exec_params(
        "select i::bigint from ingested_segments, jsonb_array_elements_text($3::jsonb) i "
        "where journal = $1 and segment = $2 and indexes @> i::bigint",
        segment.journal, segment.segment, indexes.dump());
    auto& ranges = known[segment];
    for (const auto& row : rows) ranges.add(row[0].as<std::uint64_t>(), row[0].as<std::uint64_t>());
  }
  return known;
}

void mark_ingested(pqxx::work& tx, const Sorted& sorted) {
  for (const auto& [segment, ranges] : sorted.ingested) {
    tx.exec_params(
        "update ingested_segments set indexes = indexes + $3::int8multirange, updated_at = now() "
        "where journal = $1 and segment = $2",
        segment.journal, segment.segment, ranges.as_multirange());
  }
}

void add_counters(pqxx::work& tx, const Counts& counts) {
  Json rows = Json::array();
  const auto add = [&](const char* name, const std::string& reason, std::size_t value) {
    if (value > 0) rows.push_back({{"name", name}, {"reason", reason}, {"value", value}});
  };
  add("duplicate", "", counts.duplicate);
  add("received", "", counts.received);
  for (const auto& [reason, count] : counts.refused) add("refused", reason, count);
  add("stored", "", counts.stored);
  for (const auto& [reason, count] : counts.values_refused) add("values_refused", reason, count);
  if (rows.empty()) return;
  tx.exec_params(
      "insert into counters (name, reason, value) "
      "select name, reason, value from jsonb_to_recordset($1::jsonb) as r (name text, reason text, value "
      "bigint) "
      "order by name, reason on conflict (name, reason) do update set value = counters.value + "
      "excluded.value",
      text_of(rows));
}

void add_presses(pqxx::work& tx, const Sorted& sorted) {
  Json rows = Json::array();
  for (const Item* item : sorted.fresh) {
    for (const auto& press : item->message.presses) {
      rows.push_back({{"r", press.report_id},
                      {"i", press.index},
                      {"d", item->message.device_id},
                      {"a", core::to_iso(press.at)},
                      {"c", press.count}});
    }
  }
  if (rows.empty()) return;
  tx.exec_params(
      "insert into recent_presses (report_id, index, device_id, at, count) "
      "select r, i, d, a, c from jsonb_to_recordset($1::jsonb) as x (r text, i int, d text, a timestamptz, c "
      "int) "
      "order by r, i on conflict do nothing",
      text_of(rows));
}

void update_last_received(pqxx::work& tx, const Sorted& sorted) {
  std::map<std::string, core::Timestamp> newest;
  for (const Item* item : sorted.fresh) {
    if (item->message.counts.refused.contains(kUnknownDevice)) continue;
    auto& time = newest[item->message.device_id];
    time = std::max(time, item->message.received_at);
  }
  Json rows = Json::array();
  for (const auto& [device, time] : newest) rows.push_back({{"d", device}, {"t", core::to_iso(time)}});
  if (rows.empty()) return;
  tx.exec_params(
      "insert into device_status (device_id, last_received_at) "
      "select d, t from jsonb_to_recordset($1::jsonb) as x (d text, t timestamptz) order by d "
      "on conflict (device_id) do update set "
      "last_received_at = greatest(device_status.last_received_at, excluded.last_received_at)",
      text_of(rows));
}

// Another replica may have learnt it first, or the batch was read before. What is written all the same by a
// transaction that began before is erased later (outbound/housekeeping).
std::set<std::string> deleted_among(pqxx::work& tx, const std::set<std::string>& devices) {
  std::set<std::string> deleted;
  for (const auto& row :
       tx.exec_params("select device_id from devices where deleted and device_id in (select "
                      "jsonb_array_elements_text($1::jsonb))",
                      text_of(Json(devices))))
    deleted.insert(row[0].as<std::string>());
  return deleted;
}

void save_progress(pqxx::work& tx, const std::string& spool, const Progress& progress) {
  tx.exec_params(
      "update spools set sequence = sequence + 1, low_segment = $2, low_offset = $3, high_segment = $4, "
      "high_offset = $5, updated_at = now() where spool = $1",
      spool, progress.low.segment, progress.low.offset, progress.high.segment, progress.high.offset);
}

struct KeyTable {
  const char* table;
  const char* name;
  const char* key;
};

// Names that somebody else makes at the same moment are updated to what they are: that returns their keys.
std::string find_or_make(const KeyTable& of) {
  return fmt::format(
      "with wanted as (select value from jsonb_array_elements_text($1::jsonb)), "
      "known as (select {name}, {key} from {table} where {name} = any(array(select value from wanted))), "
      "made as (insert into {table} ({name}) select value from wanted "
      "where value not in (select {name} from known) order by 1 "
      "on conflict ({name}) do update set {name} = excluded.{name} returning {name}, {key}) "
      "select * from known union all select * from made",
      fmt::arg("table", of.table), fmt::arg("name", of.name), fmt::arg("key", of.key));
}

// Keys of names that are not in the cache; new ones are made.
void find_missing(pg::Pool& pool, const std::set<std::string>& names, const KeyTable& of,
                  std::unordered_map<std::string, int>& keys) {
  Json missing = Json::array();
  if (keys.size() > kKeysCached) keys.clear();
  for (const auto& name : names) {
    if (!keys.contains(name)) missing.push_back(name);
  }
  if (missing.empty()) return;
  const auto found =
      pool.transaction([&](pqxx::work& tx) { return tx.exec_params(find_or_make(of), text_of(missing)); });
  for (const auto& row : found) keys[row[0].as<std::string>()] = row[1].as<int>();
}

}  // namespace

ReportStore::Opened PgReportStore::open(const std::string& spool) {
  pg::migrate(pool_, "telemetry", turnkey_migrations());
  spool_ = spool;
  return pool_.transaction([&](pqxx::work& tx) {
    tx.exec_params("insert into spools (spool) values ($1) on conflict do nothing", spool);
    const auto row = tx.exec_params1(
        "select sequence, low_segment, low_offset, high_segment, high_offset from spools where spool = $1",
        spool);
    return Opened{row[0].as<std::int64_t>(),
                  {{row[1].as<std::uint64_t>(), row[2].as<std::uint64_t>()},
                   {row[3].as<std::uint64_t>(), row[4].as<std::uint64_t>()}}};
  });
}

std::optional<Counts> PgReportStore::store(const Batch& batch, std::int64_t sequence) {
  try {
    return try_store(batch, sequence);
  } catch (const pqxx::data_exception& error) {
    throw NotStorable(error.what());
  } catch (const pqxx::integrity_constraint_violation&) {
    weeks_.clear();  // the retention, or a replica's, dropped a partition that was there before
  }
  try {
    return try_store(batch, sequence);
  } catch (const pqxx::integrity_constraint_violation& error) {
    throw NotStorable(error.what());
  }
}

std::optional<Counts> PgReportStore::try_store(const Batch& batch, std::int64_t sequence) {
  make_partitions(batch);
  find_keys(batch);
  return pool_.transaction([&](pqxx::work& tx) { return write(tx, batch, sequence); });
}

void PgReportStore::make_partitions(const Batch& batch) {
  std::set<Week> wanted;
  for (const auto& item : batch.items) {
    for (const auto& sample : item.message.samples) {
      const Week week = Week::of(sample.time);
      if (!weeks_.contains(week)) wanted.insert(week);
    }
  }
  for (const auto& week : wanted) {
    make_partition(pool_, week);
    weeks_.insert(week);
  }
}

void PgReportStore::find_keys(const Batch& batch) {
  std::set<std::string> devices;
  std::set<std::string> attributes;
  for (const auto& item : batch.items) {
    if (item.message.samples.empty()) continue;
    devices.insert(item.message.device_id);
    for (const auto& sample : item.message.samples) attributes.insert(sample.attribute);
  }
  find_missing(pool_, devices, {"devices", "device_id", "device_key"}, device_keys_);
  find_missing(pool_, attributes, {"attributes", "name", "attribute_key"}, attribute_keys_);
}

std::optional<Counts> PgReportStore::write(pqxx::work& tx, const Batch& batch, std::int64_t sequence) {
  const auto row = tx.exec_params1("select sequence from spools where spool = $1 for update", spool_);
  if (row[0].as<std::int64_t>() > sequence) return std::nullopt;
  const auto deleted = deleted_among(tx, devices_of(batch));
  return deleted.empty() ? write_all(tx, batch) : write_all(tx, without(batch, deleted));
}

Counts PgReportStore::write_all(pqxx::work& tx, const Batch& batch) {
  const Sorted sorted = sort_out(batch, stored_before(tx, batch));
  note_late(tx, sorted);
  copy_samples(tx, sorted);
  mark_ingested(tx, sorted);
  note_faults(tx, sorted,
              {[this](const std::string& id) { return device_keys_.at(id); },
               [this](const std::string& name) { return attribute_keys_.at(name); }});
  update_latest(tx, sorted);
  update_last_received(tx, sorted);
  add_presses(tx, sorted);
  write_connections(tx, batch.connections);
  add_counters(tx, sorted.counts);
  save_progress(tx, spool_, batch.progress);
  return sorted.counts;
}

// Before the samples: what was rolled up already is rolled up again.
void PgReportStore::note_late(pqxx::work& tx, const Sorted& sorted) const {
  const auto closed_until = hold_closed_until(tx);
  std::set<LateSpan> late;
  for (const Item* item : sorted.fresh) {
    for (const auto& sample : item->message.samples) {
      if (sample.time >= closed_until) continue;
      late.insert({device_keys_.at(item->message.device_id), attribute_keys_.at(sample.attribute),
                   floor_to(sample.time, kFive)});
    }
  }
  mark_late(tx, late);
}

void PgReportStore::copy_samples(pqxx::work& tx, const Sorted& sorted) const {
  const bool any = std::any_of(sorted.fresh.begin(), sorted.fresh.end(),
                               [](const Item* item) { return !item->message.samples.empty(); });
  if (!any) return;
  const std::vector<std::string> columns = {"device_key",  "attribute_key", "time",
                                            "received_at", "number",        "text"};
  pqxx::stream_to out(tx, "samples", columns);
  for (const Item* item : sorted.fresh) {
    if (item->message.samples.empty()) continue;
    const int device = device_keys_.at(item->message.device_id);
    const std::string received = core::to_iso(item->message.received_at);
    for (const auto& sample : item->message.samples) {
      const std::string number = sample.number ? fmt::format("{}", *sample.number) : "";
      out << std::make_tuple(device, attribute_keys_.at(sample.attribute), core::to_iso(sample.time),
                             received, sample.number ? number.c_str() : nullptr,
                             sample.number ? nullptr : sample.text.c_str());
    }
  }
  out.complete();
}

// The newest of each attribute in the batch, in the order of the keys.
void PgReportStore::update_latest(pqxx::work& tx, const Sorted& sorted) const {
  using Newest = std::tuple<core::Timestamp, core::Timestamp, const Sample*>;
  std::map<std::pair<int, int>, Newest> newest;
  for (const Item* item : sorted.fresh) {
    for (const auto& sample : item->message.samples) {
      const Newest one{sample.time, item->message.received_at, &sample};
      auto& held = newest[{device_keys_.at(item->message.device_id), attribute_keys_.at(sample.attribute)}];
      const bool newer =
          std::tie(std::get<0>(one), std::get<1>(one)) >= std::tie(std::get<0>(held), std::get<1>(held));
      if (std::get<2>(held) == nullptr || newer) held = one;
    }
  }
  if (newest.empty()) return;
  Json rows = Json::array();
  for (const auto& [key, value] : newest) {
    const auto& [time, received, sample] = value;
    Json row = {
        {"d", key.first}, {"a", key.second}, {"t", core::to_iso(time)}, {"r", core::to_iso(received)}};
    if (sample->number) {
      row["n"] = *sample->number;
    } else {
      row["s"] = sample->text;
    }
    rows.push_back(std::move(row));
  }
  tx.exec_params(
      "insert into latest (device_key, attribute_key, time, received_at, number, text) "
      "select d, a, t, r, n, s from jsonb_to_recordset($1::jsonb) "
      "as x (d int, a int, t timestamptz, r timestamptz, n double precision, s text) order by d, a "
      "on conflict (device_key, attribute_key) do update set time = excluded.time, "
      "received_at = excluded.received_at, number = excluded.number, text = excluded.text "
      "where (excluded.time, excluded.received_at) >= (latest.time, latest.received_at)",
      text_of(rows));
}

}  // namespace turnkey::ingest
