// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_rollups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pqxx/except>
#include <pqxx/result>

#include "domain/rollup.hpp"
#include "outbound/pg_partitions.hpp"
#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;

// What comes this late is still rolled up with the rest.
constexpr core::Millis kLag = std::chrono::minutes(1);
// What one statement reads is bounded, for the time that it may take.
constexpr core::Millis kShortestSlice = std::chrono::seconds(1);
constexpr std::chrono::seconds kLongStatement{4};
constexpr std::chrono::seconds kShortStatement{1};
constexpr int kMostPairs = 2000;  // of device and attribute, an hour of each
constexpr std::chrono::seconds kRound{45};
constexpr int kForgottenAtOnce = 5000;
constexpr const char* kLockTimeout = "55P03";
constexpr int kLateAtOnce = 500;

constexpr const char* kInPlace =
    "on conflict (device_key, attribute_key, level, begins) do update set received_first = "
    "excluded.received_first, numbers = excluded.numbers, low = excluded.low, high = excluded.high, "
    "total = excluded.total, texts = excluded.texts, last_text = excluded.last_text";

// The next slice of five minutes whose first one is there.
constexpr const char* kAdded =
    "on conflict (device_key, attribute_key, level, begins) do update set "
    "received_first = least(rollups.received_first, excluded.received_first), "
    "numbers = rollups.numbers + excluded.numbers, low = least(rollups.low, excluded.low), "
    "high = greatest(rollups.high, excluded.high), total = case when rollups.numbers + excluded.numbers > 0 "
    "then coalesce(rollups.total, 0) + coalesce(excluded.total, 0) end, "
    "texts = rollups.texts + excluded.texts, last_text = coalesce(excluded.last_text, rollups.last_text)";

// Columns begins, received_first, numbers, low, high, total, texts of samples that are grouped by `begins`.
const std::string kFives = fmt::format(
    "date_bin('5 minutes', time, 'epoch') as begins, min(received_at) as received_first, {}, "
    "(count(*) - count(number))::int as texts",
    kNumbersRolled);

// From groups with device_key, attribute_key and the columns of kFives, of samples before `end`. The last
// text is looked up where there is one, so that samples need no order.
std::string insert_fives(const std::string& groups, const std::string& end, const char* on_conflict) {
  return fmt::format(
      "insert into rollups select device_key, attribute_key, 5, begins, received_first, numbers, low, high, "
      "total, texts, case when texts > 0 then (select text from samples t "
      "where t.device_key = g.device_key and t.attribute_key = g.attribute_key and t.time >= g.begins "
      "and t.time < least(g.begins + interval '5 minutes', '{}'::timestamptz) and number is null "
      "order by t.time desc limit 1) end from ({}) g {}",
      end, groups, on_conflict);
}

// The samples of a time lie together, those of a pair do not: this reads each page once, and takes a
// twentieth of the time of asking pair by pair.
std::string insert_from_slice(const Slice& slice) {
  const std::string end = core::to_iso(slice.end);
  return insert_fives(
      fmt::format("select device_key, attribute_key, {} from samples "
                  "where time >= '{}' and time < '{}' group by device_key, attribute_key, begins",
                  kFives, core::to_iso(slice.begin), end),
      end, slice.begins_five() ? kInPlace : kAdded);
}

// Of the few pairs that `asked` gives, each with its own time.
std::string insert_from_samples_of(const std::string& asked) {
  return insert_fives(
      fmt::format("select p.device_key, p.attribute_key, s.* from ({}) p cross join lateral (select {} "
                  "from samples x where x.device_key = p.device_key and x.attribute_key = p.attribute_key "
                  "and x.time >= p.from_time and x.time < p.to_time group by begins) s",
                  asked, kFives),
      "infinity", kInPlace);
}

std::string insert_from_fives(const std::string& asked) {
  return fmt::format(
      "insert into rollups select p.device_key, p.attribute_key, 60, s.* from ({}) p cross join lateral ("
      "select date_bin('1 hour', begins, 'epoch'), min(received_first), sum(numbers), min(low), max(high), "
      "sum(total), sum(texts), (array_agg(last_text order by begins desc) filter (where texts > 0))[1] "
      "from rollups r where r.device_key = p.device_key and r.attribute_key = p.attribute_key and r.level = "
      "5 "
      "and r.begins >= p.from_time and r.begins < p.to_time group by 1) s {}",
      asked, kInPlace);
}

// One process at a time, while the transaction lasts; the others have nothing to do.
bool take_turn(pqxx::work& tx) {
  return tx.exec1("select pg_try_advisory_xact_lock(hashtext('telemetry rollups'))")[0].as<bool>();
}
void wait_for_turn(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('telemetry rollups'))"); }

core::Timestamp time_of(const pqxx::field& ms) { return core::from_epoch_ms(ms.as<std::int64_t>()); }

}  // namespace

core::Timestamp rolled_until(pqxx::work& tx, core::Millis level) {
  return time_of(tx.exec1("select " + ms_of(level == kHour ? "hours_until" : "fives_until") +
                          " from rollup_progress")[0]);
}

core::Timestamp hold_closed_until(pqxx::work& tx) {
  return time_of(tx.exec1("select " + ms_of("closed_until") + " from rollup_progress for share")[0]);
}

// A mark that is there is written again: whoever is about to take it away waits for the samples.
void mark_late(pqxx::work& tx, const std::set<LateSpan>& spans) {
  if (spans.empty()) return;
  Json rows = Json::array();
  for (const auto& span : spans)
    rows.push_back({{"d", span.device_key}, {"a", span.attribute_key}, {"b", core::to_iso(span.begins)}});
  tx.exec_params(
      "insert into rollups_late (device_key, attribute_key, begins) "
      "select d, a, b from jsonb_to_recordset($1::jsonb) as x (d int, a int, b timestamptz) order by 1, 2, 3 "
      "on conflict (device_key, attribute_key, begins) do update set begins = excluded.begins",
      text_of(rows));
}

bool forget_rolled(pqxx::work& tx, const std::string& device_id, core::Timestamp from, core::Timestamp to) {
  wait_for_turn(tx);
  // Only spans that reach out of the time have samples left.
  const auto gone = tx.exec_params1(
      "with gone as (delete from rollups where ctid = any(array(select ctid from rollups "
      "where device_key = (select device_key from devices where device_id = $1) "
      "and ((begins < $3::timestamptz and begins + make_interval(mins => level) > $2::timestamptz) "
      "or (received_first >= $2::timestamptz and received_first < $3::timestamptz)) limit $4)) "
      "returning device_key, attribute_key, level, begins), "
      "again as (insert into rollups_late select distinct s.device_key, s.attribute_key, "
      "date_bin('5 minutes', s.time, 'epoch') from gone g join samples s on s.device_key = g.device_key "
      "and s.attribute_key = g.attribute_key and s.time >= g.begins "
      "and s.time < g.begins + make_interval(mins => g.level) "
      "where g.begins < $2::timestamptz or g.begins + make_interval(mins => g.level) > $3::timestamptz "
      "order by 1, 2, 3 on conflict do nothing) select count(*) from gone",
      device_id, core::to_iso(from), core::to_iso(to), kForgottenAtOnce);
  return gone[0].as<int>() < kForgottenAtOnce;
}

bool PgRollups::over() const { return stopping_() || std::chrono::steady_clock::now() >= until_; }

void PgRollups::round(core::Timestamp now) {
  until_ = std::chrono::steady_clock::now() + kRound;
  close(floor_to(now - kLag, kFive));
  const auto weeks = partitions(pool_);
  begin_with_the_oldest(weeks);
  find_new_pages(weeks);
  if (!roll_fives() || !roll_hours()) return;
  while (!over() && roll_late()) {
  }
}

// Waits for the transactions that store samples now; the next ones know.
void PgRollups::close(core::Timestamp until) {
  pool_.transaction([&](pqxx::work& tx) {
    tx.exec_params("update rollup_progress set closed_until = $1 where closed_until < $1",
                   core::to_iso(until));
  });
}

// An installation may have samples from before there were roll-ups.
void PgRollups::begin_with_the_oldest(const std::vector<Week>& weeks) {
  pool_.transaction([&](pqxx::work& tx) {
    const std::string oldest = weeks.empty() ? "closed_until" : tx.quote(core::to_iso(weeks.front().begin()));
    tx.exec("update rollup_progress set fives_until = least(closed_until, " + oldest +
            "), hours_until = least(date_trunc('hour', closed_until, 'UTC'), " + oldest +
            ") where fives_until = 'epoch'");
  });
}

// Pages that the index by time does not know are read in every round. VACUUM tells it too, and is not
// disturbed: who waits longer than a second for its table ends it.
void PgRollups::find_new_pages(const std::vector<Week>& weeks) {
  const auto from = pool_.transaction([](pqxx::work& tx) { return rolled_until(tx, kFive); });
  for (const auto& week : weeks) {
    if (week.end() <= from) continue;
    try {
      pool_.transaction([&](pqxx::work& tx) {
        tx.exec("set local lock_timeout = '200ms'");
        tx.exec_params(
            "select brin_summarize_new_values(c.oid) from pg_index i join pg_class c on c.oid = i.indexrelid "
            "join pg_am a on a.oid = c.relam where a.amname = 'brin' and i.indrelid = to_regclass($1)",
            "telemetry." + week.table());
      });
    } catch (const pg::TooSlow&) {  // what it was told so far it knows
    } catch (const pqxx::sql_error& error) {
      if (error.sqlstate() != kLockTimeout) throw;
    }
  }
}

bool PgRollups::roll_fives() {
  for (;;) {
    const Step step = roll_slice_in_time();
    if (step != Step::portion) return step == Step::done;
    if (over()) return false;
  }
}

// How long a slice is, is learned: how many samples are in it is not known before.
PgRollups::Step PgRollups::roll_slice_in_time() {
  std::optional<Duration> took;
  try {
    const Step step = pool_.transaction([&](pqxx::work& tx) { return roll_slice(tx, took); });
    if (took && *took > kLongStatement) slice_ = std::max(slice_ / 2, kShortestSlice);
    if (took && *took < kShortStatement) slice_ = std::min(slice_ * 2, longest_slice_);
    return step;
  } catch (const pg::TooSlow&) {
    if (took) return Step::portion;  // whoever stores samples was waited for
    if (slice_ <= kShortestSlice) throw;
    slice_ = std::max(slice_ / 4, kShortestSlice);
    return Step::portion;
  }
}

// With its progress in one transaction: a slice is added once.
PgRollups::Step PgRollups::roll_slice(pqxx::work& tx, std::optional<Duration>& took) {
  took.reset();
  if (!take_turn(tx)) return Step::not_our_turn;
  const auto row = tx.exec1("select " +
                            ms_of("case when slices_until > fives_until and slices_until < fives_until + "
                                  "interval '5 minutes' then slices_until else fives_until end") +
                            ", " + ms_of("closed_until") + " from rollup_progress");
  const auto slice = next_slice(time_of(row[0]), time_of(row[1]), slice_);
  if (!slice) return Step::done;
  const std::string begin = core::to_iso(slice->begin);
  const std::string end = core::to_iso(slice->end);
  // A program of before may have left some of it.
  if (slice->begins_five() && !slice->ends_five())
    tx.exec("delete from rollups where level = 5 and begins = '" + begin + "'");
  const auto begun = std::chrono::steady_clock::now();
  tx.exec(insert_from_slice(*slice));
  took = std::chrono::steady_clock::now() - begun;
  tx.exec(fmt::format("update rollup_progress set slices_until = '{}'", end) +
          (slice->ends_five() ? fmt::format(", fives_until = '{}'", end) : ""));
  return Step::portion;
}

bool PgRollups::roll_hours() {
  for (;;) {
    const Step step = roll_hour_in_time();
    if (step != Step::portion) return step == Step::done;
    if (over()) return false;
  }
}

PgRollups::Step PgRollups::roll_hour_in_time() {
  const auto begun = std::chrono::steady_clock::now();
  try {
    const Step step = pool_.transaction([&](pqxx::work& tx) { return roll_hour(tx); });
    if (std::chrono::steady_clock::now() - begun < kShortStatement) pairs_ = std::min(pairs_ * 2, kMostPairs);
    return step;
  } catch (const pg::TooSlow&) {
    if (pairs_ == 1) throw;
    pairs_ = std::max(pairs_ / 4, 1);
    return Step::portion;
  }
}

// The next pairs of the next hour. What has no newer sample than its beginning has none in it.
PgRollups::Step PgRollups::roll_hour(pqxx::work& tx) {
  if (!take_turn(tx)) return Step::not_our_turn;
  const auto begin = rolled_until(tx, kHour);
  const auto end = begin + kHour;
  if (end > rolled_until(tx, kFive)) return Step::done;
  if (halfway_.hour != begin) halfway_ = {begin, {0, 0}};
  const auto [device, attribute] = halfway_.after;
  const auto rows = tx.exec_params(
      "select device_key, attribute_key from (select device_key, attribute_key from latest "
      "where (device_key, attribute_key) > ($1::int, $2::int) and time >= $3 order by 1, 2 limit $4) p "
      "order by 1 desc, 2 desc limit 1",
      device, attribute, core::to_iso(begin), pairs_);
  if (rows.empty()) {
    tx.exec_params("update rollup_progress set hours_until = $1", core::to_iso(end));
    return Step::portion;
  }
  const std::pair<int, int> upto{rows[0][0].as<int>(), rows[0][1].as<int>()};
  tx.exec_params(insert_from_fives(fmt::format(
                     "select device_key, attribute_key, '{}'::timestamptz as from_time, '{}'::timestamptz "
                     "as to_time from latest where (device_key, attribute_key) > ($1::int, $2::int) "
                     "and (device_key, attribute_key) <= ($3::int, $4::int)",
                     core::to_iso(begin), core::to_iso(end))),
                 device, attribute, upto.first, upto.second);
  halfway_.after = upto;  // doing it twice changes nothing, should the transaction fail now
  return Step::portion;
}

// The marks go in one statement, what they mean is read in the next: it sees what those wrote who held a
// mark. Five minutes of which only slices are there wait: the rest is added to them.
bool PgRollups::roll_late() {
  return pool_.transaction([&](pqxx::work& tx) {
    if (!take_turn(tx)) return false;
    const auto marks = tx.exec_params(
        "with taken as (select device_key, attribute_key, begins from rollups_late "
        "where begins < (select fives_until from rollup_progress) order by 1, 2, 3 limit $1 for update) "
        "delete from rollups_late l using taken t where l.device_key = t.device_key "
        "and l.attribute_key = t.attribute_key and l.begins = t.begins "
        "returning l.device_key, l.attribute_key, " +
            ms_of("l.begins"),
        kLateAtOnce);
    if (marks.empty()) return false;
    const auto hours_until = rolled_until(tx, kHour);
    Json fives = Json::array();
    std::set<LateSpan> late_hours;
    for (const auto& mark : marks) {
      const LateSpan span{mark[0].as<int>(), mark[1].as<int>(), time_of(mark[2])};
      fives.push_back({{"d", span.device_key}, {"a", span.attribute_key}, {"b", core::to_iso(span.begins)}});
      const auto hour = floor_to(span.begins, kHour);
      if (hour < hours_until) late_hours.insert({span.device_key, span.attribute_key, hour});
    }
    Json hours = Json::array();
    for (const auto& span : late_hours)
      hours.push_back({{"d", span.device_key}, {"a", span.attribute_key}, {"b", core::to_iso(span.begins)}});
    const auto asked = [](const char* width) {
      return fmt::format(
          "select d as device_key, a as attribute_key, b as from_time, b + interval '{}' as to_time "
          "from jsonb_to_recordset($1::jsonb) as x (d int, a int, b timestamptz)",
          width);
    };
    tx.exec_params(insert_from_samples_of(asked("5 minutes")), text_of(fives));
    tx.exec_params(insert_from_fives(asked("1 hour")), text_of(hours));
    return true;
  });
}

}  // namespace turnkey::ingest
