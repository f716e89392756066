// SPDX-License-Identifier: Apache-2.0
// A schema `telemetry` of its own with one known device, written to as the service does.
#pragma once

#include <catch2/catch.hpp>
#include <pqxx/result>

#include "outbound/known_devices.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_history.hpp"
#include "outbound/pg_report_store.hpp"
#include "testing/fake_clock.hpp"
#include "testing/postgres.hpp"

namespace turnkey::ingest {

inline const std::string kDevice = "aaaaaaaaaaaaaaaaaaaaaaaa";
inline const JournalSegment kSegment{"0123456789abcdef", 0};

struct StoreSetup {
  std::string database = testing::Postgres::instance().create_database();
  pg::Pool pool{
      {.connection_string = testing::Postgres::instance().connection_string(database, "turnkey_telemetry"),
       .search_path = "telemetry"}};
  PgReportStore store{pool};
  PgHistory history{pool};
  testing::FakeClock clock{*core::from_iso("2026-11-23T12:00:00Z")};
  std::int64_t sequence = 0;
  std::uint64_t next_index = 0;

  StoreSetup() {
    sequence = store.open("fedcba9876543210").sequence;
    contracts::DeviceEvent event;
    event.device_id = *core::DeviceId::parse(kDevice);
    event.revision = 1;
    event.attributes = {{"power", contracts::AttributeType::number, "kW"}};
    event.register_attribute = "register_button";
    KnownDevices devices;
    devices.learn(event);
    save_devices(pool, devices.unsaved(10));
  }

  Item item(std::vector<Sample> samples, std::optional<core::Timestamp> received = {}) {
    Item one{{1, next_index}, {kSegment, next_index}, false, {kDevice, received.value_or(clock.now())}};
    ++next_index;
    one.message.samples = std::move(samples);
    one.message.counts.received = one.message.counts.stored = 1;
    return one;
  }
  Sample power(double value, core::Millis ago = core::Millis(0)) const {
    return {"power", clock.now() - ago, value, ""};
  }
  Sample word(std::string text, core::Millis ago = core::Millis(0)) const {
    return {"word", clock.now() - ago, {}, std::move(text)};
  }
  std::optional<Counts> write(std::vector<Item> items, std::vector<ConnectionEvent> connections = {}) {
    const auto counts = store.store({std::move(items), std::move(connections), {}}, sequence);
    ++sequence;
    return counts;
  }
  void delete_device() {
    contracts::DeviceEvent event;
    event.device_id = *core::DeviceId::parse(kDevice);
    event.revision = 2;
    event.event = "deleted";
    KnownDevices devices;
    devices.learn(event);
    CHECK(devices.form_of(kDevice) == nullptr);
    CHECK(devices.deleted(kDevice));
    save_devices(pool, devices.unsaved(10));
  }
  int samples() {
    return pool.transaction(
        [](pqxx::work& tx) { return tx.exec1("select count(*) from samples")[0].as<int>(); });
  }
  LatestOf latest(std::optional<core::Timestamp> since = {}) {
    return history.latest({{kDevice, since}})[kDevice];
  }
  std::vector<Bucket> buckets(const HistoryRange& range, const std::string& attribute = "power") {
    const auto kind = attribute == "word" ? Values::texts : Values::numbers;
    return history.buckets(kDevice, kind, {attribute}, range)[attribute];
  }
  PresenceChange presence(bool connected, core::Millis ago, const std::string& boot) const {
    return {kDevice, connected, clock.now() - ago, boot, connected ? "" : "disconnected"};
  }
};

}  // namespace turnkey::ingest
