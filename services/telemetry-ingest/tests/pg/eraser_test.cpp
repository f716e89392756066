// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_eraser.hpp"

#include <catch2/catch.hpp>
#include <pqxx/result>

#include "outbound/known_devices.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_report_store.hpp"
#include "outbound/pg_rollups.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

const std::string kDevice = "aaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kOther = "bbbbbbbbbbbbbbbbbbbbbbbb";
const core::Timestamp kFrom = *core::from_iso("2026-11-10T12:00:00Z");
const core::Timestamp kTo = *core::from_iso("2026-11-23T12:00:00Z");  // in another week
const auto kNever = std::chrono::steady_clock::time_point::max();

struct Setup {
  std::string database = testing::Postgres::instance().create_database();
  pg::Pool pool{
      {.connection_string = testing::Postgres::instance().connection_string(database, "turnkey_telemetry"),
       .search_path = "telemetry"}};
  PgReportStore store{pool};
  PgEraser eraser{pool};
  std::int64_t sequence = store.open("fedcba9876543210").sequence;
  std::uint64_t next_index = 0;

  Setup() {
    KnownDevices devices;
    for (const auto& id : {kDevice, kOther}) {
      contracts::DeviceEvent event;
      event.device_id = *core::DeviceId::parse(id);
      event.revision = 1;
      event.attributes = {{"power", contracts::AttributeType::number, "kW"}};
      devices.learn(event);
    }
    save_devices(pool, devices.unsaved(10));
  }

  void write(const std::string& device, core::Timestamp measured, core::Timestamp received) {
    Item one{{1, next_index}, {{"0123456789abcdef", 0}, next_index}, false, {device, received}};
    ++next_index;
    one.message.samples = {{"power", measured, 1.0, ""}};
    one.message.counts.received = one.message.counts.stored = 1;
    REQUIRE(store.store({{one}, {PresenceChange{device, true, received, "boot", ""}}, {}}, sequence++));
  }
  std::int64_t count(const std::string& what) {
    return pool.transaction(
        [&](pqxx::work& tx) { return tx.exec1("select count(*) from " + what)[0].as<std::int64_t>(); });
  }
};

}  // namespace

TEST_CASE_METHOD(
    Setup, "S23 S14 what was measured or received while the device was theirs is erased, and nothing else") {
  write(kDevice, kFrom - 1ms, kFrom - 1ms);  // before
  write(kDevice, kFrom, kFrom);
  write(kDevice, kFrom - 1h, kFrom + 1h);  // measured before, received then
  write(kDevice, kTo - 1ms, kTo + 1h);     // late
  write(kDevice, kTo, kTo);                // after
  write(kOther, kFrom + 1h, kFrom + 1h);
  const std::vector<Tenure> tenures = {{kDevice, kFrom, kTo}};
  const auto counted = erase_history(eraser, tenures, false, kNever);
  CHECK(counted.rows.at("samples") == 3);
  CHECK(counted.rows.at("connections") == 2);
  CHECK(count("samples") == 6);
  const auto erased = erase_history(eraser, tenures, true, kNever);
  CHECK(erased.finished);
  CHECK(erased.rows == counted.rows);
  CHECK(count("samples") == 3);
  CHECK(count("samples where time >= '2026-11-10T12:00:00Z' and time < '2026-11-23T12:00:00Z'") == 1);
  CHECK(count("latest") == 2);  // of after, and of the other
  CHECK(erase_history(eraser, tenures, true, kNever).rows.at("samples") == 0);
}

TEST_CASE_METHOD(Setup,
                 "S23 what was rolled up of it goes too, and what is left beside it is rolled up again") {
  PgRollups rollups(pool, [] { return false; });
  write(kDevice, kFrom - 1min, kFrom - 1min);  // before, in the same hour as the next
  write(kDevice, kFrom + 1min, kFrom + 1min);
  write(kDevice, kTo - 2h, kTo + 1h);      // late
  write(kDevice, kTo + 3min, kTo + 3min);  // after
  rollups.round(kTo + 24h);
  REQUIRE(count("rollups where level = 5") == 4);
  REQUIRE(count("rollups where level = 60") == 4);
  CHECK(erase_history(eraser, {{kDevice, kFrom + 0ms, kTo}}, true, kNever).finished);
  rollups.round(kTo + 24h);
  CHECK(count("rollups_late") == 0);
  CHECK(count("rollups where level = 5") == 2);
  CHECK(count("rollups where level = 60") == 2);
  CHECK(count("rollups where numbers = 1") == 4);
}

TEST_CASE_METHOD(Setup, "erasing that runs out of time says so, and the same again goes on") {
  write(kDevice, kFrom, kFrom);
  const std::vector<Tenure> tenures = {{kDevice, kFrom, kTo}};
  CHECK_FALSE(erase_history(eraser, tenures, true, std::chrono::steady_clock::now()).finished);
  CHECK(count("samples") == 1);
  CHECK(erase_history(eraser, tenures, true, kNever).finished);
  CHECK(count("samples") == 0);
}

TEST_CASE_METHOD(Setup, "a device that nothing is known of is no error") {
  const auto erased = erase_history(eraser, {{"cccccccccccccccccccccccc", kFrom, kTo}}, true, kNever);
  CHECK(erased.finished);
  CHECK(erased.rows.at("samples") == 0);
}
