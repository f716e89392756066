// SPDX-License-Identifier: Apache-2.0
#include "outbound/housekeeping.hpp"

#include <algorithm>
#include <pqxx/result>
#include <utility>

#include "contracts/report_stamp.hpp"
#include "domain/press_memory.hpp"
#include "domain/rollup.hpp"
#include "outbound/pg_partitions.hpp"
#include "outbound/pg_rows.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

constexpr core::Millis kDay = std::chrono::hours(24);
constexpr auto kRound = std::chrono::minutes(1);
constexpr int kRoundsInHour = 60;
// Longer than the broker may send a report again, which is as old as a report may be.
constexpr core::Millis kSegmentsKept = kDay * 31;
// Ids that were made here are no ranges, each takes its own room; nobody sends one again after so long.
constexpr core::Millis kMadeIdsKept = kDay;
// A fault that could not be told for so long is no news.
constexpr core::Millis kFaultsTold = kDay;
constexpr int kErasedAtOnce = 100;  // devices in one round
constexpr std::size_t kRowsAtOnce = 20'000;
// Longer than a transaction may last that began before the deletion was known.
constexpr std::chrono::seconds kEraseAgain = std::chrono::minutes(10);

}  // namespace

Housekeeping::Housekeeping(pg::Pool& pool, const core::Clock& clock, int retention_days)
    : pool_(pool),
      clock_(clock),
      retention_days_(retention_days),
      rollups_(pool, [this] { return stopping(); }) {}
Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::start() {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable() && !stopping_) thread_ = std::thread([this] { run(); });
}

void Housekeeping::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

// One that fails keeps none of the others from its work.
void Housekeeping::attempt(const char* what, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    service::log_warning("the tables could not be tidied", {{"work", what}, {"reason", error.what()}});
  }
}

void Housekeeping::run() {
  auto next = std::chrono::steady_clock::now();
  for (int round = 0;; ++round) {
    attempt("every minute", [this] { every_minute(); });
    if (round % kRoundsInHour == 0) attempt("every hour", [this] { every_hour(); });
    attempt("roll-ups", [this] { rollups_.round(clock_.now()); });
    next = std::max(next + kRound, std::chrono::steady_clock::now());
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, next, [this] { return stopping_; })) return;
  }
}

void Housekeeping::every_minute() {
  const std::string oldest_press = core::to_iso(clock_.now() - kPressesKept);
  pool_.transaction(
      [&](pqxx::work& tx) { tx.exec_params("delete from recent_presses where at < $1", oldest_press); });
  erase_deleted_devices();
}

bool Housekeeping::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Housekeeping::every_hour() {
  const auto now = clock_.now();
  const auto oldest = now - kDay * retention_days_;
  for (const auto& week : drop_partitions(pool_, oldest))
    service::log_info("samples beyond the retention were dropped", {{"partition", week.table()}});
  make_partition(pool_, Week::of(now));
  make_partition(pool_, Week::of(now + kDay * 2));
  pool_.transaction([&](pqxx::work& tx) {
    tx.exec_params("delete from ingested_segments where updated_at < $1", core::to_iso(now - kSegmentsKept));
    tx.exec_params("delete from ingested_segments where journal = $1 and updated_at < $2",
                   std::string(contracts::kNoJournal), core::to_iso(now - kMadeIdsKept));
    tx.exec_params("delete from connections where at < $1", core::to_iso(oldest));
    tx.exec_params("delete from outbox where created_at < $1", core::to_iso(now - kFaultsTold));
    tx.exec_params("delete from latest where time < $1", core::to_iso(oldest));
    tx.exec_params("delete from spools where updated_at < $1", core::to_iso(oldest - kSegmentsKept));
  });
  for (const char* table : {"rollups", "rollups_late"})
    remove_in_steps(table, "begins < '" + core::to_iso(oldest) + "'");
  drop_old_fives(now, oldest);
}

// Day by day: what has to be looked through is found by its time, and what was done is known.
void Housekeeping::drop_old_fives(core::Timestamp now, core::Timestamp oldest) {
  auto [from, until] = pool_.transaction([](pqxx::work& tx) {
    const auto row =
        tx.exec1("select " + ms_of("fives_from") + ", " + ms_of("hours_until") + " from rollup_progress");
    return std::pair(core::from_epoch_ms(row[0].as<std::int64_t>()),
                     core::from_epoch_ms(row[1].as<std::int64_t>()));
  });
  from = std::max(from, floor_to(oldest, kHour));
  until = std::min(until, floor_to(now - kFivesKept, kHour));
  while (from < until && !stopping()) {
    const auto end = std::min(until, from + kDay);
    const std::string upto = core::to_iso(end);
    remove_in_steps("rollups",
                    "level = 5 and begins >= '" + core::to_iso(from) + "' and begins < '" + upto + "'");
    if (stopping()) return;
    pool_.transaction([&](pqxx::work& tx) {
      tx.exec_params("update rollup_progress set fives_from = greatest(fives_from, $1)", upto);
    });
    from = end;
  }
}

void Housekeeping::erase_deleted_devices() {
  const auto devices = pool_.transaction([](pqxx::work& tx) {
    return tx.exec_params(
        "select device_key, device_id from devices where deleted and not erased order by device_key limit $1",
        kErasedAtOnce);
  });
  for (const auto& device : devices) erase(device[0].as<int>(), device[1].as<std::string>());
}

void Housekeeping::erase(int key, const std::string& id) {
  const std::string its = "device_key = " + std::to_string(key);
  for (const auto& week : partitions(pool_)) remove_in_steps(week.table(), its);
  for (const char* table : {"rollups", "rollups_late"}) remove_in_steps(table, its);
  if (stopping()) return;
  const bool done = pool_.transaction([&](pqxx::work& tx) {
    tx.exec("delete from latest where " + its);
    for (const char* table : {"connections", "device_status", "recent_presses"})
      tx.exec_params(std::string("delete from ") + table + " where device_id = $1", id);
    return tx.exec_params(
                 "update devices set erased = true, attributes = '[]' where device_key = $1 and deleted "
                 "and deleted_at < now() - make_interval(secs => $2)",
                 key, kEraseAgain.count())
               .affected_rows() > 0;
  });
  if (done) service::log_info("the data of a deleted device was erased", {{"device_id", id}});
}

// Each step far below the time that a statement may take.
void Housekeeping::remove_in_steps(const std::string& table, const std::string& which) {
  for (std::size_t removed = kRowsAtOnce; removed == kRowsAtOnce && !stopping();) {
    removed = pool_.transaction([&](pqxx::work& tx) {
      const std::string name = tx.quote_name(table);
      return tx
          .exec("delete from " + name + " where ctid = any(array(select ctid from " + name + " where " +
                which + " limit " + std::to_string(kRowsAtOnce) + "))")
          .affected_rows();
    });
  }
}

}  // namespace turnkey::ingest
