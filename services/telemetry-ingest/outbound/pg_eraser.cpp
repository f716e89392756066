// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_eraser.hpp"

#include "outbound/pg_partitions.hpp"
#include "outbound/pg_rollups.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::chrono::minutes kJustNow{10};
constexpr std::int64_t kSamplesAtOnce = 20'000;  // far below the time that a statement may take

// $1: the device, $2: from, $3: to.
const std::string kMeasured =
    " where device_key = (select device_key from devices where device_id = $1) and ((time >= $2::timestamptz "
    "and time < $3::timestamptz) or (received_at >= $2::timestamptz and received_at < $3::timestamptz))";
const std::string kHappened = " where device_id = $1 and at >= $2::timestamptz and at < $3::timestamptz";

struct Held {
  const char* table;
  const std::string& whose;
};
const Held kSmall[] = {{"latest", kMeasured}, {"connections", kHappened}, {"recent_presses", kHappened}};

// What the tenure's newest values leave behind: the newest of those that stay. Roll-ups go by `latest` too.
const std::string kKeysOfLatest = "select device_key, attribute_key from latest" + kMeasured;
constexpr const char* kNewestLeft =
    "insert into latest (device_key, attribute_key, time, received_at, number, text) "
    "select device_key, attribute_key, time, received_at, number, text from samples "
    "where device_key = $1 and attribute_key = $2 order by time desc, received_at desc limit 1 "
    "on conflict do nothing";

pqxx::result ask(pqxx::work& tx, const std::string& statement, const Tenure& tenure) {
  return tx.exec_params(statement, tenure.device_id, core::to_iso(tenure.from), core::to_iso(tenure.to));
}

}  // namespace

Rows PgEraser::count(const Tenure& tenure) {
  return pool_.transaction([&](pqxx::work& tx) {
    Rows rows;
    rows["samples"] = ask(tx, "select count(*) from samples" + kMeasured, tenure)[0][0].as<std::int64_t>();
    for (const Held& held : kSmall)
      rows[held.table] = ask(tx, std::string("select count(*) from ") + held.table + held.whose, tenure)[0][0]
                             .as<std::int64_t>();
    return rows;
  });
}

// What was erased a moment ago is not looked through again: a request that goes on comes to new ones.
bool PgEraser::just_erased(const Tenure& tenure) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(erased_, [&](const auto& one) { return now - one.second > kJustNow; });
  return erased_.contains(tenure);
}

Erased PgEraser::erase(const Tenure& tenure, Instant until) {
  Erased erased{{{"samples", 0}}};
  if (just_erased(tenure)) return erased;
  for (const auto& week : partitions(pool_)) {
    if (!erase_samples(week.table(), tenure, until, erased.rows["samples"])) {
      erased.finished = false;
      return erased;
    }
  }
  for (bool all = false; !all;) {
    if (over(until)) return {std::move(erased.rows), false};
    all = pool_.transaction(
        [&](pqxx::work& tx) { return forget_rolled(tx, tenure.device_id, tenure.from, tenure.to); });
  }
  pool_.transaction([&](pqxx::work& tx) {
    const auto before = ask(tx, kKeysOfLatest, tenure);
    for (const Held& held : kSmall)
      erased.rows[held.table] = static_cast<std::int64_t>(
          ask(tx, std::string("delete from ") + held.table + held.whose, tenure).affected_rows());
    for (const auto& row : before) tx.exec_params(kNewestLeft, row[0].as<int>(), row[1].as<int>());
  });
  const std::lock_guard lock(mutex_);
  erased_[tenure] = std::chrono::steady_clock::now();
  return erased;
}

bool PgEraser::erase_samples(const std::string& table, const Tenure& tenure, Instant until,
                             std::int64_t& erased) {
  for (std::int64_t now = kSamplesAtOnce; now == kSamplesAtOnce;) {
    if (over(until)) return false;
    now = pool_.transaction([&](pqxx::work& tx) {
      const std::string name = tx.quote_name(table);
      return static_cast<std::int64_t>(ask(tx,
                                           "delete from " + name +
                                               " where ctid = any(array(select ctid from " + name +
                                               kMeasured + " limit " + std::to_string(kSamplesAtOnce) + "))",
                                           tenure)
                                           .affected_rows());
    });
    erased += now;
  }
  return true;
}

}  // namespace turnkey::ingest
