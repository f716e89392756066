// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "contracts/report_stamp.hpp"
#include "outbound/housekeeping.hpp"
#include "outbound/pg_partitions.hpp"
#include "outbound/pg_presses.hpp"
#include "store_setup.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

using Setup = StoreSetup;

}  // namespace

TEST_CASE_METHOD(Setup, "the same entries a second time are counted as duplicates and not stored again") {
  const std::vector<Item> items = {item({power(1), word("a")}), item({power(2)})};
  const auto first = write(items);
  REQUIRE(first);
  CHECK(first->stored == 2);
  CHECK(first->duplicate == 0);
  const auto second = write(items);
  REQUIRE(second);
  CHECK(second->stored == 0);
  CHECK(second->duplicate == 2);
  CHECK(samples() == 3);
  const auto counters = history.counters();
  CHECK(counters.at("received").at("") == 4);
  CHECK(counters.at("stored").at("") == 2);
  CHECK(counters.at("duplicate").at("") == 2);
}

TEST_CASE_METHOD(Setup, "a number of the broker's that is passed over is missing until its report comes") {
  const auto first = item({power(1)});
  const auto late = item({power(2)});
  CHECK(history.counters().at("missing").at("") == 0);
  write({first, item({power(3)}), item({power(4)})});
  CHECK(history.counters().at("missing").at("") == 1);
  write({late});
  CHECK(history.counters().at("missing").at("") == 0);
  for (const std::string journal : {"fedcba9876543210", "0000000000000000"}) {  // the spool's, and made here
    auto unnumbered = item({power(5)});
    unnumbered.key = {{journal, 7}, 4711};
    write({unnumbered});
  }
  CHECK(history.counters().at("missing").at("") == 0);
}

TEST_CASE_METHOD(Setup, "two replicas that store the same entries at once store them once") {
  std::vector<Item> items;
  for (int i = 0; i < 500; ++i) items.push_back(item({power(i)}));
  std::vector<Item> backwards(items.rbegin(), items.rend());
  PgReportStore other(pool);
  const auto other_sequence = other.open("0000000000000000").sequence;
  std::optional<Counts> theirs;
  std::thread replica([&] { theirs = other.store({backwards, {}, {}}, other_sequence); });
  const auto ours = write(items);
  replica.join();
  CHECK(samples() == 500);
  REQUIRE((ours && theirs));
  CHECK(ours->stored + theirs->stored == 500);
  CHECK(ours->duplicate + theirs->duplicate == 500);
}

TEST_CASE_METHOD(Setup, "a batch that was committed without an answer is recognised by its sequence") {
  const auto one = item({power(1)});
  REQUIRE(store.store({{one}, {}, {{3, 4}, {5, 6}}}, sequence));
  CHECK_FALSE(store.store({{one}, {}, {{3, 4}, {5, 6}}}, sequence));
  CHECK(history.counters().at("received").at("") == 1);
  PgReportStore again(pool);
  const auto opened = again.open("fedcba9876543210");
  CHECK(opened.sequence == sequence + 1);
  CHECK((opened.progress == Progress{{3, 4}, {5, 6}}));
}

TEST_CASE_METHOD(
    Setup, "a text that the database does not take makes the batch not storable, and nothing of it stays") {
  const std::vector<Item> items = {item({power(1)}), item({word("\xff")})};
  CHECK_THROWS_AS(write(items), NotStorable);
  CHECK(samples() == 0);
  CHECK(history.counters().size() == 1);  // what is missing, which is nothing
  CHECK(write({items[0]})->stored == 1);
}

TEST_CASE_METHOD(Setup, "samples go to the weeks of their time, and values survive exactly") {
  write({item({power(0.1), power(1e300, 24h * 30), power(-5e-324, -24h), word("a\tb\\N\n'\"")})});
  CHECK(samples() == 4);
  CHECK(partitions(pool).size() == 2);
  CHECK(latest().values.at("word").text == "a\tb\\N\n'\"");
  CHECK(*latest().values.at("power").number == -5e-324);
}

TEST_CASE_METHOD(Setup, "the latest value is the newest by time, whatever came last") {
  write({item({power(1)}), item({power(2, 10s)})});
  CHECK(*latest().values.at("power").number == 1);
  write({item({power(3, 5s)})});
  CHECK(*latest().values.at("power").number == 1);
  clock.advance(1s);
  write({item({power(4)})});
  CHECK(*latest().values.at("power").number == 4);
  CHECK((latest().values.at("power").time == clock.now()));
  CHECK((latest().last_seen_at == clock.now()));
}

TEST_CASE_METHOD(
    Setup,
    "what was measured or received before the hand-over is hidden, a clock that runs ahead included [S14]") {
  const auto hand_over = clock.now();
  write({item({power(1, 1s)}, hand_over - 1s)});
  write({item({power(99, -1h)}, hand_over - 1ms)});  // measured "later", received before
  CHECK(latest(hand_over).values.empty());
  CHECK_FALSE(latest(hand_over).last_seen_at);
  CHECK(*latest().values.at("power").number == 99);
  write({item({power(98, 1ms)}, hand_over + 1s)});  // a late sample of the time before
  CHECK(latest(hand_over).values.empty());
  CHECK((latest(hand_over).last_seen_at == hand_over + 1s));
  write({item({power(5, -2s)}, hand_over + 2s)});
  CHECK(*latest(hand_over).values.at("power").number == 5);
  const HistoryRange all{hand_over - 2h, hand_over + 2h, hand_over, 4h};
  const auto seen = buckets(all);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].count == 1);
  CHECK(*seen[0].avg == 5);
}

TEST_CASE_METHOD(
    Setup,
    "history is the minimum, average, maximum and count of each bucket, computed from the range's begin") {
  const auto begin = clock.now();
  for (int i = 0; i < 10; ++i) write({item({power(i, -i * 1s)})});
  const auto seen = buckets({begin, begin + 10s, {}, 3s});
  REQUIRE(seen.size() == 4);
  CHECK((seen[1].time == begin + 3s));
  CHECK(seen[1].count == 3);
  CHECK(*seen[1].min == 3);
  CHECK(*seen[1].avg == 4);
  CHECK(*seen[1].max == 5);
  CHECK(seen[3].count == 1);
  CHECK(buckets({begin, begin + 9s, {}, 3s}).back().count == 3);  // the end is not part of the range
  CHECK(buckets({begin + 20s, begin + 30s, {}, 3s}).empty());
}

TEST_CASE_METHOD(Setup, "a trend is the last value of each bucket, empty where nothing was measured [S11]") {
  const auto begin = clock.now();
  write({item({power(1), power(2, -5s), power(4, -25s), power(9, -30s)})});
  const auto trends = [&](std::optional<core::Timestamp> since) {
    return history.trends({{kDevice, since}, {"bbbbbbbbbbbbbbbbbbbbbbbb", {}}}, "power",
                          {begin, begin + 30s, {}, 10s}, 3);
  };
  const auto all = trends({});
  REQUIRE(all.size() == 1);
  CHECK((all.at(kDevice) == Trend{2.0, std::nullopt, 4.0}));  // the end is not part of the range
  CHECK(trends(begin + 1s).empty());  // received before the hand-over, whatever its time says
  write({item({power(7, -12s)}, begin + 2s)});
  CHECK((trends(begin + 1s).at(kDevice) == Trend{std::nullopt, 7.0, std::nullopt}));
  CHECK(history.trends({{kDevice, {}}}, "unheard_of", {begin, begin + 30s, {}, 10s}, 3).empty());
  delete_device();
  CHECK(trends({}).empty());
}

TEST_CASE_METHOD(Setup, "of texts each bucket has the last one") {
  const auto begin = clock.now();
  write({item({word("a"), word("c", -2s), word("b", -1s)})});
  const auto seen = buckets({begin, begin + 10s, {}, 10s}, "word");
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].last == "c");
  CHECK(seen[0].count == 3);
  CHECK_FALSE(seen[0].min);
}

TEST_CASE_METHOD(
    Setup,
    "the connection log takes the same message twice, and a new broker ends the sessions of the old one") {
  const std::vector<ConnectionEvent> first = {BrokerStart{"one", clock.now() - 100s},
                                              presence(true, 90s, "one"), presence(false, 80s, "one"),
                                              presence(true, 70s, "one")};
  write({}, first);
  write({}, first);
  CHECK(history.connections({kDevice, {}}, 10).size() == 3);
  CHECK((latest().last_seen_at == clock.now() - 70s));
  write({}, {BrokerStart{"two", clock.now() - 50s}});
  // A retained presence of the old broker comes again, then the device with the new one.
  write({}, {presence(true, 70s, "one"), presence(true, 40s, "two")});
  const auto lines = history.connections({kDevice, {}}, 10);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].connected);
  CHECK_FALSE(lines[1].connected);
  CHECK(lines[1].reason == "broker_restarted");
  CHECK((lines[1].at == clock.now() - 50s));
  CHECK(history.connections({kDevice, {}}, 2).size() == 2);
  CHECK(history.connections({kDevice, clock.now() - 60s}, 10).size() == 2);
}

TEST_CASE_METHOD(Setup, "presses are kept for an hour, each once") {
  auto one = item({power(1)});
  one.message.presses = {{"0123456789abcdef-0-0", 0, clock.now(), 2}};
  write({one});
  write({one});
  const auto presses = load_presses(pool, clock.now() - 1h);
  REQUIRE(presses.size() == 1);
  CHECK(presses[0].first == kDevice);
  CHECK(presses[0].second.id() == "0123456789abcdef-0-0#0");
  CHECK((presses[0].second.at == clock.now()));
  Housekeeping housekeeping(pool, clock, 400);
  clock.advance(1h);
  housekeeping.every_minute();
  CHECK(load_presses(pool, {}).size() == 1);
  clock.advance(1ms);
  housekeeping.every_minute();
  CHECK(load_presses(pool, {}).empty());
}

TEST_CASE_METHOD(Setup, "retention drops whole weeks, and makes room for the coming days") {
  write({item({power(1), power(2, 24h * 7), power(3, 24h * 21)})});
  Housekeeping housekeeping(pool, clock, 8);
  housekeeping.every_hour();
  CHECK(samples() == 2);
  const auto weeks = partitions(pool);
  REQUIRE(weeks.size() == 2);
  CHECK((weeks.front().end() > clock.now() - 24h * 8));
  // A report of a week that was dropped finds a new partition, though the store has seen the old one.
  CHECK(write({item({power(4, 24h * 21)})})->stored == 1);
}

TEST_CASE_METHOD(
    Setup, "ids of reports that were made here are remembered for a day, those of a journal for a month") {
  auto made = item({power(1)});
  made.key.segment.journal = contracts::kNoJournal;
  const auto journaled = item({power(2)});
  const auto again = [&](core::Millis later) {
    pool.transaction([&](pqxx::work& tx) {
      tx.exec_params("update ingested_segments set updated_at = $1", core::to_iso(clock.now() - later));
    });
    Housekeeping(pool, clock, 400).every_hour();
    return write({made, journaled})->duplicate;
  };
  write({made, journaled});
  CHECK(again(24h - 1s) == 2);
  CHECK(again(24h + 1s) == 1);
  CHECK(again(24h * 31 + 1s) == 0);
}

TEST_CASE_METHOD(Setup, "of a deleted device nothing stays [S23]") {
  auto one = item({power(1), word("secret")});
  one.message.presses = {{"0123456789abcdef-0-0", 0, clock.now(), 1}};
  write({one}, {presence(true, 1s, "boot")});
  delete_device();
  Housekeeping(pool, clock, 400).every_minute();
  CHECK(samples() == 0);
  CHECK(latest().values.empty());
  CHECK(history.connections({kDevice, {}}, 10).empty());
  CHECK(load_presses(pool, {}).empty());
}

TEST_CASE_METHOD(
    Setup,
    "what comes of a device after its deletion is refused and counted, and nothing of it stays [S23]") {
  delete_device();
  const std::vector<Item> items = {item({power(1)})};
  const auto counts = write(items, {presence(true, 1s, "boot"), presence(false, 0s, "boot")});
  REQUIRE(counts);
  CHECK(counts->received == 1);
  CHECK(counts->stored == 0);
  CHECK(counts->refused == std::map<std::string, std::size_t>{{"unknown_device", 1}});
  CHECK(samples() == 0);
  CHECK(history.connections({kDevice, {}}, 10).empty());
  CHECK_FALSE(latest().last_seen_at);
  CHECK(write(items)->duplicate == 1);
}

TEST_CASE_METHOD(Setup, "erasing goes in steps, and goes on for ten minutes, for what was under way [S23]") {
  std::vector<Item> items;
  for (int i = 0; i < 45; ++i) {
    std::vector<Sample> many(1000, power(i));
    items.push_back(item(std::move(many)));
  }
  write(items);
  write({item({power(1, 24h * 8)})});  // another week
  delete_device();
  Housekeeping housekeeping(pool, clock, 400);
  housekeeping.every_minute();
  CHECK(samples() == 0);
  const auto run = [&](const std::string& sql) { pool.transaction([&](pqxx::work& tx) { tx.exec(sql); }); };
  run("insert into samples select device_key, 1, '" + core::to_iso(clock.now()) + "', now(), 1 from devices");
  housekeeping.every_minute();
  CHECK(samples() == 0);
  const auto erased = [&] {
    return pool.transaction(
        [](pqxx::work& tx) { return tx.exec1("select erased from devices")[0].as<bool>(); });
  };
  run("update devices set deleted_at = now() - interval '9 minutes 50 seconds'");
  housekeeping.every_minute();
  CHECK_FALSE(erased());
  run("update devices set deleted_at = now() - interval '10 minutes'");
  housekeeping.every_minute();
  CHECK(erased());
}

TEST_CASE_METHOD(Setup, "known devices come back from the database, and an older revision changes nothing") {
  KnownDevices devices;
  load_devices(pool, devices);
  CHECK(devices.size() == 1);
  REQUIRE(devices.form_of(kDevice) != nullptr);
  CHECK(devices.form_of(kDevice)->attributes.at(0).name == "power");
  CHECK(devices.register_attribute_of(kDevice) == "register_button");
  contracts::DeviceEvent older;
  older.device_id = *core::DeviceId::parse(kDevice);
  older.revision = 0;
  devices.learn(older);
  CHECK(devices.form_of(kDevice)->attributes.size() == 1);
  CHECK(devices.unsaved(10).empty());
  CHECK(load_sync_revision(pool) == 0);
  save_sync_revision(pool, 7);
  save_sync_revision(pool, 3);
  CHECK(load_sync_revision(pool) == 7);
}
