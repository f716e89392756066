// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_connections.hpp"

#include <pqxx/result>

#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

constexpr const char* kBrokerStarted = "broker_restarted";

void write_change(pqxx::work& tx, const PresenceChange& change) {
  const std::string at = core::to_iso(change.at);
  tx.exec_params(
      "insert into connections (device_id, at, connected, reason, boot_id) values ($1, $2, $3, $4, $5) "
      "on conflict do nothing",
      change.device_id, at, change.connected, change.reason, change.boot_id);
  tx.exec_params(
      "insert into device_status (device_id, connected, changed_at, boot_id) values ($1, $3, $2, $4) "
      "on conflict (device_id) do update set connected = excluded.connected, changed_at = "
      "excluded.changed_at, "
      "boot_id = excluded.boot_id "
      "where device_status.changed_at is null or device_status.changed_at <= excluded.changed_at",
      change.device_id, at, change.connected, change.boot_id);
}

// Sessions that a former broker had and that cannot have outlived it. A retained presence of a former broker
// may come after the new broker's start was seen, so this runs after every batch: two looks into an index say
// that there is none.
void end_former_sessions(pqxx::work& tx) {
  tx.exec_params(
      "with ended as (update device_status s set connected = false, changed_at = b.started_at, boot_id = "
      "b.boot_id "
      "from broker_boot b where s.connected and s.boot_id <> b.boot_id and s.changed_at < b.started_at "
      "and (select min(boot_id) <> (select boot_id from broker_boot) or max(boot_id) <> (select boot_id from "
      "broker_boot) from device_status where connected) "
      "returning s.device_id, s.changed_at, s.boot_id) "
      "insert into connections (device_id, at, connected, reason, boot_id) "
      "select device_id, changed_at, false, $1, boot_id from ended on conflict do nothing",
      kBrokerStarted);
}

void write_start(pqxx::work& tx, const BrokerStart& start) {
  tx.exec_params(
      "insert into broker_boot (boot_id, started_at) values ($1, $2) on conflict (only_row) do update "
      "set boot_id = excluded.boot_id, started_at = excluded.started_at "
      "where broker_boot.started_at <= excluded.started_at",
      start.boot_id, core::to_iso(start.at));
}

}  // namespace

void write_connections(pqxx::work& tx, const std::vector<ConnectionEvent>& events) {
  for (const auto& event : events) {
    if (const auto* change = std::get_if<PresenceChange>(&event)) write_change(tx, *change);
    if (const auto* start = std::get_if<BrokerStart>(&event)) write_start(tx, *start);
  }
  if (!events.empty()) end_former_sessions(tx);
}

std::vector<ConnectionLine> read_connections(pg::Pool& pool, const std::string& device_id,
                                             std::optional<core::Timestamp> since, int limit) {
  const auto rows = pool.transaction([&](pqxx::work& tx) {
    return tx.exec_params("select " + ms_of("at") +
                              ", connected, reason from connections where device_id = $1 and at >= $2 "
                              "order by at desc, connected limit $3",
                          device_id, core::to_iso(since.value_or(core::Timestamp{})), limit);
  });
  std::vector<ConnectionLine> lines;
  for (const auto& row : rows) {
    lines.push_back(
        {core::from_epoch_ms(row[0].as<std::int64_t>()), row[1].as<bool>(), row[2].as<std::string>()});
  }
  return lines;
}

}  // namespace turnkey::ingest
