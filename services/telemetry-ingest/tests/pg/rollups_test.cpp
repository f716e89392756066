// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <random>
#include <regex>
#include <thread>
#include <utility>

#include "domain/rollup.hpp"
#include "outbound/housekeeping.hpp"
#include "outbound/pg_rollups.hpp"
#include "store_setup.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

constexpr auto kDay = std::chrono::hours(24);

struct Rolled : StoreSetup {
  PgRollups rollups{pool, [] { return false; }};
  std::mt19937 random{7};

  core::Millis within(core::Millis span) {
    return core::Millis(std::uniform_int_distribution<std::int64_t>(0, span.count() - 1)(random));
  }
  // Numbers and words of the last three days.
  void measure(int reports) {
    std::vector<Item> items;
    for (int i = 0; i < reports; ++i) {
      const auto ago = within(3 * kDay);
      items.push_back(item({power(i, ago), word("w" + std::to_string(i), ago)}, clock.now() - ago + 1s));
    }
    write(std::move(items));
  }
  void roll() { rollups.round(clock.now()); }

  HistoryRange range(core::Millis span, core::Millis width, std::optional<core::Timestamp> since = {}) const {
    return with_level({clock.now() - span, clock.now(), since.value_or(core::Timestamp{}), width},
                      clock.now());
  }
  // The same range is read from the samples alone.
  void check_like_samples(HistoryRange range) {
    for (const std::string attribute : {"power", "word"}) {
      const auto rolled = buckets(range, attribute);
      HistoryRange plain = range;
      plain.level = 0ms;
      const auto expected = buckets(plain, attribute);
      REQUIRE(rolled.size() == expected.size());
      for (std::size_t i = 0; i < rolled.size(); ++i) check_same(rolled[i], expected[i]);
    }
  }
  static void check_same(const Bucket& one, const Bucket& other) {
    CHECK(one.time == other.time);
    CHECK(one.count == other.count);
    CHECK(one.min == other.min);
    CHECK(one.max == other.max);
    CHECK(one.avg.has_value() == other.avg.has_value());
    if (one.avg) CHECK(*one.avg == Approx(*other.avg));
    CHECK(one.last == other.last);
  }
  void forget_samples() {
    pool.transaction([](pqxx::work& tx) { tx.exec("delete from samples"); });
  }
  int rows_of(const std::string& table) {
    return pool.transaction(
        [&](pqxx::work& tx) { return tx.exec1("select count(*) from " + table)[0].as<int>(); });
  }
};

}  // namespace

TEST_CASE_METHOD(Rolled, "long ranges give the same from roll-ups as from the samples") {
  measure(3000);
  check_like_samples(range(3 * kDay, 6h));  // nothing is rolled up yet
  roll();
  REQUIRE(rows_of("rollups") > 0);
  check_like_samples(range(3 * kDay, 6h));
  check_like_samples(range(3 * kDay, 17min));
  check_like_samples(range(2 * kDay, 7h, clock.now() - 30h - 123s));
  clock.advance(1h);
  measure(500);  // among them many that are late, and some not rolled up yet
  check_like_samples(range(3 * kDay, 6h));
  check_like_samples(range(3 * kDay, 17min));
  REQUIRE(rows_of("rollups_late") > 0);
  roll();
  CHECK(rows_of("rollups_late") == 0);
  check_like_samples(range(3 * kDay, 6h));
  check_like_samples(range(3 * kDay, 17min));
}

TEST_CASE_METHOD(Rolled, "what was rolled up is read without its samples") {
  measure(500);
  clock.advance(2h);
  roll();
  const auto hours = buckets(range(3 * kDay, 6h));
  const auto fives = buckets(range(3 * kDay, 10min), "word");
  forget_samples();
  const auto hours_again = buckets(range(3 * kDay, 6h));
  REQUIRE(hours_again.size() == hours.size());
  for (std::size_t i = 0; i < hours.size(); ++i) check_same(hours_again[i], hours[i]);
  CHECK(buckets(range(3 * kDay, 10min), "word").size() == fives.size());
  CHECK(buckets(range(3 * kDay, 1min)).empty());  // narrow buckets need the samples
}

TEST_CASE_METHOD(Rolled, "a sample that a clock ahead of time sent before a hand-over stays hidden [S9]") {
  write({item({power(1, -20h)})});  // measured "tomorrow", received now
  write({item({power(2, -20h - 1s)}, clock.now() + 10h)});
  clock.advance(25h);
  roll();
  const auto since = clock.now() - 20h;  // after the first was received, before the second
  const auto seen = buckets(range(2 * kDay, 6h, since));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].count == 1);
  CHECK(seen[0].min == 2.0);
  CHECK(buckets(range(2 * kDay, 6h))[0].count == 2);
}

TEST_CASE_METHOD(Rolled, "a round that has to end goes on with the next one where it was") {
  measure(100);
  int portions = 0;
  PgRollups hasty(pool, [&] { return ++portions > 0; });  // one portion a round
  const auto behind = [&] {
    return pool.transaction([](pqxx::work& tx) {
      return tx
          .exec1(
              "select fives_until < closed_until or hours_until < date_trunc('hour', fives_until, 'UTC') "
              "from rollup_progress")[0]
          .as<bool>();
    });
  };
  int rounds = 0;
  do {
    hasty.round(clock.now());
  } while (behind() && ++rounds < 2000);
  CHECK(rounds > 100);
  CHECK_FALSE(behind());
  check_like_samples(range(3 * kDay, 6h));
}

TEST_CASE_METHOD(Rolled, "a portion that takes too long is tried again with less, in the same round") {
  std::vector<Item> items;
  for (int i = 0; i < 12; ++i) items.push_back(item({power(i, 2h + i * 5min), word("w", 2h + i * 5min)}));
  write(std::move(items));
  pool.transaction([](pqxx::work& tx) {
    tx.exec(
        "create function wait_a_little() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(0.1); return new; end $$");
    tx.exec("create trigger slow before insert on rollups for each row execute function wait_a_little()");
  });
  pg::Pool hasty(
      {.connection_string = testing::Postgres::instance().connection_string(database, "turnkey_telemetry"),
       .statement_timeout = 1s,  // an hour takes 2.4
       .search_path = "telemetry"});
  PgRollups(hasty, [] { return false; }).round(clock.now());
  pool.transaction([&](pqxx::work& tx) { CHECK(rolled_until(tx, kFive) == clock.now() - 5min); });
  CHECK(rows_of("rollups where level = 5") == 24);
  check_like_samples(range(6h, 6h));
}

TEST_CASE_METHOD(Rolled, "five minutes that are rolled up in slices give the same") {
  std::vector<Item> items;
  for (int i = 0; i < 500; ++i) {
    const auto ago = within(2h);
    items.push_back(item({power(i, ago), word("w" + std::to_string(i), ago)}, clock.now() - ago + 1s));
  }
  write(std::move(items));
  PgRollups sliced(
      pool, [] { return false; }, 70s);
  sliced.round(clock.now());
  check_like_samples(range(6h, 5min));
  check_like_samples(range(6h, 4h));
  for (int i = 0; i < 50; ++i) write({item({power(i, within(2h))})});  // late
  check_like_samples(range(6h, 5min));
  sliced.round(clock.now());
  check_like_samples(range(6h, 5min));
  CHECK(rows_of("rollups_late") == 0);
}

TEST_CASE_METHOD(Rolled, "what comes late into five minutes of which slices are there is counted once") {
  roll();
  clock.advance(6min);
  for (int i = 0; i < 30; ++i) write({item({power(i, 11min - 10s * i)})});
  PgRollups one_slice(
      pool, [] { return true; }, 100s);
  bool asked = false;
  PgRollups other(pool, [&] {
    if (std::exchange(asked, true)) return false;
    one_slice.round(clock.now());
    write({item({power(77, 650s)})});
    return false;
  });
  other.round(clock.now() - 6min);  // has nothing but what comes late
  CHECK(rows_of("rollups_late") == 1);
  CHECK(rows_of("rollups") == 1);
  roll();
  CHECK(rows_of("rollups_late") == 0);
  check_like_samples(range(1h, 5min));
}

TEST_CASE_METHOD(Rolled, "samples that come while others roll up are in the roll-ups in the end") {
  roll();
  std::atomic<bool> done{false};
  PgRollups one(
      pool, [] { return false; }, 4min);  // slices: each five minutes in two parts
  PgRollups other(
      pool, [] { return false; }, 4min);
  std::thread roller([&] {
    while (!done) other.round(clock.now());
  });
  for (int i = 0; i < 40; ++i) {
    measure(50);
    clock.advance(2min);
    one.round(clock.now());
  }
  done = true;
  roller.join();
  clock.advance(1h);
  roll();
  CHECK(rows_of("rollups_late") == 0);
  const auto wide = range(4 * kDay, 6h);
  check_like_samples(wide);
  forget_samples();
  std::int64_t count = 0;
  for (const auto& bucket : buckets(wide)) count += bucket.count;
  CHECK(count == 2000);
}

TEST_CASE_METHOD(Rolled, "after progress was set back everything is rolled up again") {
  measure(200);
  roll();
  pool.transaction([](pqxx::work& tx) {
    tx.exec("delete from rollups");
    tx.exec(
        "update rollup_progress set closed_until = 'epoch', fives_until = 'epoch', hours_until = 'epoch'");
  });
  clock.advance(7min);
  roll();
  check_like_samples(range(3 * kDay, 6h));
}

TEST_CASE_METHOD(Rolled, "a clock that is hours ahead does not make slices read what is not theirs") {
  std::vector<Item> items;
  for (int i = 0; i < 60'000; ++i)
    items.push_back(item({power(i, i % 1000 == 0 ? -23h : core::Millis(12h) / 60'000 * (60'000 - i))}));
  write(std::move(items));
  roll();
  const auto plan = pool.transaction([&](pqxx::work& tx) {
    tx.exec("set local enable_seqscan = off");
    std::string lines;
    for (const auto& row :
         tx.exec("explain (analyze, costs off, timing off, summary off) select count(*) from samples "
                 "where time >= '2026-11-23T10:00:00Z' and time < '2026-11-23T10:05:00Z'"))
      lines += row[0].as<std::string>() + "\n";
    return lines;
  });
  INFO(plan);
  std::smatch blocks;
  REQUIRE(std::regex_search(plan, blocks, std::regex("Heap Blocks: lossy=([0-9]+)")));
  CHECK(std::stoi(blocks[1]) <= 256);  // its range, and the last, which is not full
}

TEST_CASE_METHOD(Rolled, "the index by time knows every page after a round") {
  measure(15'000);
  roll();
  const auto told = pool.transaction([](pqxx::work& tx) {
    return tx.exec1(
        "select count(*), sum(brin_summarize_new_values(c.oid)) from pg_index i "
        "join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam "
        "where a.amname = 'brin' and c.relkind = 'i' and pg_relation_size(i.indrelid) > 1024 * 1024");
  });
  CHECK(told[0].as<int>() > 0);
  CHECK(told[1].as<int>() == 0);
}

TEST_CASE_METHOD(Rolled, "numbers whose sum no number can hold do no harm") {
  write({item({power(1.7e308, 3h)}), item({power(1.7e308, 3h + 1s)})});
  CHECK(buckets(range(kDay, 1min))[0].max == 1.7e308);
  roll();
  const auto seen = buckets(range(kDay, 6h));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].max == 1.7e308);
  CHECK(seen[0].count == 2);
}

TEST_CASE_METHOD(Rolled, "after sixty days the hours are left, and show the same as the samples") {
  Housekeeping housekeeping(pool, clock, 400);
  measure(300);
  clock.advance(2h);
  roll();
  const auto fives = [&] { return rows_of("rollups where level = 5"); };
  const int all = fives();
  const int hours = rows_of("rollups where level = 60");
  clock.advance(58 * kDay);  // the older part of three days is beyond
  housekeeping.every_hour();
  CHECK(fives() > 0);
  CHECK(fives() < all);
  check_like_samples(range(62 * kDay, 17min));
  clock.advance(3 * kDay);
  housekeeping.every_hour();
  CHECK(fives() == 0);
  CHECK(rows_of("rollups where level = 60") == hours);
  check_like_samples(range(65 * kDay, 17min));
  check_like_samples(range(65 * kDay, 6h, clock.now() - 62 * kDay - 123s));
}

TEST_CASE_METHOD(Rolled, "roll-ups end with the retention, and with their device [S23]") {
  Housekeeping housekeeping(pool, clock, 30);
  measure(50);
  roll();
  write({item({power(1, 2h)})});
  REQUIRE(rows_of("rollups") > 0);
  SECTION("retention") {
    clock.advance(31 * kDay);
    housekeeping.every_hour();
  }
  SECTION("device") {
    delete_device();
    housekeeping.every_minute();
  }
  CHECK(rows_of("rollups") == 0);
  CHECK(rows_of("rollups_late") == 0);
}
