// SPDX-License-Identifier: Apache-2.0
#include "outbound/integration_events.hpp"

#include <map>

#include "core/hash.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_integrations.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using pg_integrations::Hearer;

std::string id_of(const Occurrence& occurrence) {
  const std::string whole = std::string(to_string(occurrence.announcement.type)) + " " +
                            occurrence.announcement.device.id.str() + " " + occurrence.once;
  return "evt_" + core::sha256_hex(whole).substr(0, 32);
}

// Devices that come together are mostly of one group: each is looked up once.
class Hearers {
 public:
  explicit Hearers(pqxx::work& tx) : tx_(tx) {}
  const std::vector<Hearer>& of(const Announcement& announcement) {
    const auto key = std::pair(announcement.type, announcement.device.group_path);
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    return known_.emplace(key, pg_integrations::hearers(tx_, key.first, key.second)).first->second;
  }

 private:
  pqxx::work& tx_;
  std::map<std::pair<EventType, std::vector<core::GroupId>>, std::vector<Hearer>> known_;
};

// An integration may be deleted meanwhile: then it is not there to be locked, and nothing is written.
void write(pqxx::work& tx, const Json& rows, core::Timestamp now) {
  constexpr const char* kRows =
      "from jsonb_to_recordset($1::jsonb) as told (n int, integration text, event text, body text, webhook "
      "boolean) join integrations i on i.id = told.integration ";
  tx.exec_params(
      std::string("insert into integration_outbox (kind, key, payload) select 'integration_event', "
                  "i.id, body ") +
          kRows + "order by n for key share of i",
      rows.dump());
  tx.exec_params(std::string("insert into webhook_deliveries (integration_id, event_id, body, created_at, "
                             "next_attempt_at) select i.id, event, body, $2::timestamptz, $2::timestamptz ") +
                     kRows + "where webhook order by n for key share of i on conflict do nothing",
                 rows.dump(), core::to_iso(now));
}

// One that flaps is told once a minute to the same owner. By this clock: the device's own may be days ahead.
bool is_news(pqxx::work& tx, const Device& device, core::Timestamp now) {
  return !tx.exec_params(
                "insert into told_faults as told (device_id, at) values ($1, $2) on conflict "
                "(device_id) do update set at = excluded.at where told.at not between excluded.at "
                "- interval '1 minute' and excluded.at or told.at < $3 returning at",
                device.id.str(), core::to_iso(now),
                core::to_iso(device.provisioned_at.value_or(core::Timestamp{})))
              .empty();
}

}  // namespace

Json to_json(const Occurrence& occurrence) {
  const Device& device = occurrence.announcement.device;
  Json json = {{"id", id_of(occurrence)},
               {"type", to_string(occurrence.announcement.type)},
               {"time", core::to_iso(occurrence.at)},
               {"device",
                {{"serial", device.serial},
                 {"deviceId", device.id.str()},
                 {"name", device.name},
                 {"groupId", device.group_id ? Json(device.group_id->str()) : Json(nullptr)},
                 {"recipeId", device.recipe_id.str()},
                 {"model", device.model ? Json(*device.model) : Json(nullptr)}}}};
  if (!occurrence.data.is_null()) json["data"] = occurrence.data;
  return json;
}

namespace events {

bool occurred(pqxx::work& tx, const std::vector<Occurrence>& occurrences, core::Timestamp now) {
  Hearers hearers(tx);
  Json rows = Json::array();
  for (const auto& occurrence : occurrences) {
    const Json message = to_json(occurrence);
    for (const Hearer& hearer : hearers.of(occurrence.announcement)) {
      if (!hears(hearer.group_id, occurrence.announcement)) continue;
      rows.push_back({{"n", rows.size()},
                      {"integration", hearer.id.str()},
                      {"event", message["id"]},
                      {"body", message.dump()},
                      {"webhook", hearer.webhook}});
    }
  }
  if (!rows.empty()) write(tx, rows, now);
  return !rows.empty();
}

void registered(pqxx::work& tx, const std::vector<Device>& devices, core::Timestamp at) {
  std::vector<Occurrence> all;
  for (const auto& device : devices)
    for (auto& announcement : of_registration(device))
      all.push_back({std::move(announcement), at, std::to_string(device.revision)});
  occurred(tx, all, at);
}

void owner_changed(pqxx::work& tx, const Device& before, const Device& after, core::Timestamp at) {
  std::vector<Occurrence> all;
  for (auto& announcement : of_new_owner(before, after))
    all.push_back({std::move(announcement), at, std::to_string(after.revision)});
  occurred(tx, all, at);
}

bool presence_changed(pqxx::work& tx, const std::vector<contracts::Presence>& changes, core::Timestamp now) {
  if (changes.empty() || !pg_integrations::anybody_hears(tx, {EventType::connected, EventType::disconnected}))
    return false;
  std::map<core::DeviceId, Device> devices;
  std::vector<core::DeviceId> ids;
  for (const auto& change : changes) ids.push_back(change.device_id);
  for (auto& device : pg_devices::of_ids(tx, ids)) devices.emplace(device.id, std::move(device));
  std::vector<Occurrence> all;
  for (const auto& change : changes) {
    const auto device = devices.find(change.device_id);
    if (device == devices.end()) continue;
    const auto type = change.connected ? EventType::connected : EventType::disconnected;
    Occurrence occurrence{{type, device->second}, change.at, core::to_iso(change.at) + " " + change.boot_id};
    if (!change.reason.empty()) occurrence.data = {{"reason", change.reason}};
    all.push_back(std::move(occurrence));
  }
  return occurred(tx, all, now);
}

void faulted(pqxx::work& tx, const contracts::Fault& fault, core::Timestamp now) {
  auto device = pg_devices::find(tx, fault.device_id);
  if (!device || (device->provisioned_at && *device->provisioned_at > fault.at)) return;
  if (!is_news(tx, *device, now)) return;
  Occurrence occurrence{{EventType::faulted, std::move(*device)}, fault.at, core::to_iso(fault.at)};
  occurrence.data = {{"attribute", fault.attribute}, {"value", fault.value}};
  occurred(tx, {std::move(occurrence)}, now);
}

}  // namespace events

}  // namespace turnkey::registry
