// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_store.hpp"

#include <pqxx/except>

#include "core/random.hpp"
#include "domain/rules.hpp"
#include "messages.hpp"
#include "outbound/pg_rows.hpp"
#include "pg/outbox.hpp"

namespace turnkey::provisioning {
namespace {

using contracts::Json;

constexpr auto kKeepPresses = std::chrono::hours(24);
constexpr auto kKeepProvisionings = std::chrono::hours(24 * 90);
const std::string kSelect = "select * from provisionings ";
const std::string kOpen = "state in ('waiting', 'proven') ";

std::int64_t ms(core::Timestamp time) { return core::to_epoch_ms(time); }

std::optional<Provisioning> first_of(const pqxx::result& rows) {
  auto all = read_rows(rows);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

void lock(pqxx::work& tx, const std::string& what) {
  tx.exec_params("select pg_advisory_xact_lock(hashtextextended($1, 0))", what);
}

std::optional<Provisioning> find_by_key(pqxx::work& tx, const core::UserId& user, const std::string& key) {
  return first_of(tx.exec_params(kSelect + "where user_id = $1 and idempotency_key = $2", user.str(), key));
}

class PgRecords final : public Records {
 public:
  explicit PgRecords(pqxx::work& tx) : tx_(tx) {}
  bool remember_press(const Press& press) override {
    return tx_.exec_params(
                  "insert into presses (provisioning_id, press_id, at_ms, count) values ($1, $2, $3, $4) on "
                  "conflict do nothing",
                  press.provisioning.str(), press.id, ms(press.at), press.count)
               .affected_rows() == 1;
  }
  std::optional<Provisioning> opened_with(const core::UserId& user, const std::string& key) override {
    return find_by_key(tx_, user, key);
  }

 private:
  pqxx::work& tx_;
};

// Of the windows that ended with wrong tries the one with most says it all: their number is carried on from
// one to the next. Two searches, each by its index: who opens again and again makes very many rows.
DeviceWindows load(pqxx::work& tx, const core::DeviceId& device, core::Timestamp now) {
  return DeviceWindows(
      read_rows(tx.exec_params(
          "select * from (" + kSelect + "where device_id = $1 and " + kOpen +
              "union all (select distinct on (user_id) * from provisionings where device_id = $1 and "
              "wrong_bursts > 0 and state <> 'completed' and reason <> 'opened_again' and ended_at_ms > $2 "
              "order by user_id, wrong_bursts desc, ended_at_ms desc)) w order by started_at_ms, id",
          device.str(), ms(now - kLockedFor))),
      core::random_below);
}

void write_ledger(pqxx::work& tx, const Fact& fact) {
  Json line = {{"idempotencyKey", core::random_hex(16)},
               {"at", core::to_iso(fact.at)},
               {"act", to_string(fact.act)},
               {"detail", Json::object()}};
  if (fact.device) line["deviceId"] = fact.device->str();
  if (!fact.serial.empty()) line["serial"] = fact.serial;
  if (fact.user) line["userId"] = fact.user->str();
  if (fact.provisioning) line["provisioningId"] = fact.provisioning->str();
  if (!fact.reason.empty()) line["detail"]["reason"] = fact.reason;
  // One device's lines keep their order; one user's too where no device is known.
  const std::string whose = fact.device ? fact.device->str() : fact.user ? fact.user->str() : "";
  pg::write_outbox(tx, outbox::kLedger, "ledger " + whose, line.dump());
}

// How often is read when it is sent: the line does not say it, and an older one than the newest is void.
void write_blink(pqxx::work& tx, const Provisioning& window) {
  const Json line = {{"provisioningId", window.id.str()}, {"askedAt", core::to_iso(*window.identified_at)}};
  pg::write_outbox(tx, outbox::kBlink, "blink " + window.device.id.str(), line.dump());
}

// What was loaded is updated, what is new is inserted; ended ones first, because of the unique indexes.
void save(pqxx::work& tx, const DeviceWindows& windows, const std::set<core::ProvisioningId>& loaded) {
  for (const bool ended : {true, false}) {
    for (const auto& one : windows.all()) {
      if (one.open() == ended || !windows.touched(one.id)) continue;
      if (loaded.contains(one.id)) {
        update_row(tx, one);
      } else {
        insert_row(tx, one);
      }
    }
  }
}

Changes tell(pqxx::work& tx, const core::DeviceId& device, const DeviceWindows& windows) {
  Changes changes;
  changes.facts = windows.facts();
  for (const auto& one : windows.all()) {
    if (!windows.changed(one.id)) continue;
    pg::write_outbox(tx, outbox::kStatus, "status " + one.id.str(),
                     contracts::to_json(status_of(one)).dump());
    changes.told.push_back(one);
    if (windows.to_blink(one.id)) write_blink(tx, one);
  }
  if (!changes.told.empty()) pg::write_outbox(tx, outbox::kWindows, "windows " + device.str(), device.str());
  for (const auto& fact : changes.facts) write_ledger(tx, fact);
  return changes;
}

}  // namespace

Changes PgStore::change(const core::DeviceId& device, core::Timestamp now, const Body& body) {
  try {
    return pool_.transaction([&](pqxx::work& tx) {
      lock(tx, "device " + device.str());
      DeviceWindows windows = load(tx, device, now);
      std::set<core::ProvisioningId> loaded;
      for (const auto& one : windows.all()) loaded.insert(one.id);
      PgRecords records(tx);
      body(windows, records);
      save(tx, windows, loaded);
      return tell(tx, device, windows);
    });
  } catch (const pqxx::unique_violation&) {
    // The same key opened another device in the same moment: whoever asks again finds that.
    throw core::UnavailableError("two requests with the same key came at once");
  }
}

std::optional<Provisioning> PgStore::find(const core::ProvisioningId& id) {
  return pool_.transaction(
      [&](pqxx::work& tx) { return first_of(tx.exec_params(kSelect + "where id = $1", id.str())); });
}

std::optional<Provisioning> PgStore::opened_with(const core::UserId& user, const std::string& key) {
  return pool_.transaction([&](pqxx::work& tx) { return find_by_key(tx, user, key); });
}

std::vector<Provisioning> PgStore::open_windows() {
  return pool_.transaction([&](pqxx::work& tx) { return read_rows(tx.exec(kSelect + "where " + kOpen)); });
}

std::vector<Provisioning> PgStore::waiting_beside(const core::DeviceId& device, core::Timestamp at,
                                                  std::size_t limit) {
  return pool_.transaction([&](pqxx::work& tx) {
    return read_rows(
        tx.exec_params(kSelect +
                           "where state = 'waiting' and blinks = 0 and not heard and started_at_ms <= $2 and "
                           "expires_at_ms > $2 and not exists (select from provisionings where "
                           "device_id = $1 and " +
                           kOpen + ") order by started_at_ms desc, id limit $3",
                       device.str(), ms(at), limit));
  });
}

std::vector<Provisioning> PgStore::told_of(const core::Serial& serial) {
  return pool_.transaction([&](pqxx::work& tx) {
    return read_rows(tx.exec_params(kSelect + "where " + kOpen + "and other_serial = $1", serial.str()));
  });
}

std::vector<Provisioning> PgStore::open_windows_of(const core::DeviceId& device) {
  return pool_.transaction([&](pqxx::work& tx) {
    return read_rows(tx.exec_params(
        kSelect + "where device_id = $1 and " + kOpen + "order by started_at_ms, id", device.str()));
  });
}

core::Result<Scan> PgStore::begin_scan(const core::UserId& user, const core::Serial& serial,
                                       core::Timestamp now) {
  return pool_.transaction([&](pqxx::work& tx) -> core::Result<Scan> {
    lock(tx, "scan " + user.str());
    std::vector<core::Timestamp> failed;
    for (const auto& row : tx.exec_params("select at_ms from failed_scans where user_id = $1 and at_ms > $2 "
                                          "and looking_for is distinct from $3",
                                          user.str(), ms(now - kFailedScanCounts), serial.str()))
      failed.push_back(core::from_epoch_ms(row[0].as<std::int64_t>()));
    if (const auto again_at = scans_again_at(failed, now)) {
      return core::throttled("Too many serials that are not known. Wait a while before you scan again.",
                             std::chrono::ceil<std::chrono::seconds>(*again_at - now));
    }
    const auto row = tx.exec_params1(
        "insert into failed_scans (user_id, at_ms, looking_for) values ($1, $2, $3) returning id", user.str(),
        ms(now), serial.str());
    return Scan{row[0].as<std::int64_t>(), failed.size() + 1};
  });
}

void PgStore::forget_scan(const Scan& scan) {
  pool_.transaction(
      [&](pqxx::work& tx) { tx.exec_params("delete from failed_scans where id = $1", scan.id); });
}

void PgStore::keep_scan(const Scan& scan) {
  pool_.transaction([&](pqxx::work& tx) {
    tx.exec_params("update failed_scans set looking_for = null where id = $1", scan.id);
  });
}

void PgStore::note(const Fact& fact) {
  pool_.transaction([&](pqxx::work& tx) { write_ledger(tx, fact); });
}

std::vector<core::DeviceId> PgStore::devices_due(core::Timestamp now, bool bursts) {
  return pool_.transaction([&](pqxx::work& tx) {
    std::vector<core::DeviceId> due;
    const auto rows = tx.exec_params(
        "select distinct device_id from provisionings where " + kOpen +
            "and ((expires_at_ms <= $1 and completing_at_ms is null) or ($2 and state = 'waiting' and policy "
            "= "
            "'pattern' and blinks = 0 and presses > 0 and last_press_at_ms + burst_pause_ms <= $1)) limit "
            "500",
        ms(now), bursts);
    for (const auto& row : rows) due.push_back(core::DeviceId::trusted(row[0].as<std::string>()));
    return due;
  });
}

std::vector<Provisioning> PgStore::take_unanswered(core::Timestamp now) {
  return pool_.transaction([&](pqxx::work& tx) {
    // Two seconds until the second try, then twice as long each time, up to a minute.
    return read_rows(tx.exec_params(
        "update provisionings set completion_tries = completion_tries + 1, completion_next_at_ms = "
        "$1::bigint "
        "+ least(60000, 2000 * (1 << least(completion_tries, 5))) where id in (select id from provisionings "
        "where state = 'proven' and completing_at_ms is not null and completion_next_at_ms <= $1::bigint "
        "order by completion_next_at_ms limit 20 for update skip locked) returning *",
        ms(now)));
  });
}

void PgStore::purge(core::Timestamp now) {
  pool_.transaction([&](pqxx::work& tx) {
    tx.exec_params("delete from failed_scans where at_ms <= $1", ms(now - kFailedScanCounts));
    tx.exec_params(
        "delete from presses where provisioning_id in (select id from provisionings where ended_at_ms < $1)",
        ms(now - kKeepPresses));
    tx.exec_params("delete from provisionings where ended_at_ms < $1", ms(now - kKeepProvisionings));
  });
}

std::vector<core::DeviceId> PgStore::devices_to_tell(core::Timestamp since) {
  return pool_.transaction([&](pqxx::work& tx) {
    std::vector<core::DeviceId> all;
    const auto rows = tx.exec_params("select device_id from provisionings where " + kOpen +
                                         "union select device_id from provisionings where ended_at_ms >= $1",
                                     ms(since));
    for (const auto& row : rows) all.push_back(core::DeviceId::trusted(row[0].as<std::string>()));
    return all;
  });
}

std::int64_t PgStore::open_count() {
  return pool_.transaction([&](pqxx::work& tx) {
    return tx.exec1("select count(*) from provisionings where " + kOpen)[0].as<std::int64_t>();
  });
}

}  // namespace turnkey::provisioning
