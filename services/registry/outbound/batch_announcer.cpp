// SPDX-License-Identifier: Apache-2.0
#include "outbound/batch_announcer.hpp"

#include <pqxx/result>

#include "contracts/topics.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

constexpr const char* kCredentials = "batch_credentials";
constexpr const char* kDevices = "batch_devices";
constexpr const char* kKeyOfCredentials = "credentials";  // as of single changes: one order for all
constexpr auto kSendTimeout = std::chrono::seconds(3);
// A page takes a fraction of a second, so that what others have to tell waits no longer.
constexpr std::size_t kChangesPerMessage = 500;  // measured to be applied fastest by the broker
constexpr int kCredentialsAtOnce = 5000;
constexpr int kDevicesAtOnce = 500;
constexpr std::size_t kMostBytes = 4 * 1024 * 1024;  // of a page: recipes may have very many attributes

struct CredentialPage {
  std::vector<bus::Publication> messages;
  Json rest;  // null: this was the last
};

void add_message(CredentialPage& page, contracts::CredentialChanges& changes) {
  if (changes.changes.empty()) return;
  page.messages.push_back(
      {std::string(contracts::topics::kControlCredentials), contracts::to_json(changes).dump()});
  changes.changes.clear();
}

CredentialPage read_credentials(pqxx::work& tx, const Json& wanted) {
  CredentialPage page;
  contracts::CredentialChanges changes;
  const auto last = wanted.at("last").get<std::int64_t>();
  const auto rows = tx.exec_params(
      "select access_key, device_id, encode(secret_hash, 'hex'), revision, revoked_at is not null from "
      "credentials where (revision, access_key) > ($1, $2) and revision <= $3 and holder = 'device' order by "
      "revision, access_key "
      "limit $4",
      wanted.at("after").get<std::int64_t>(), wanted.at("afterKey").get<std::string>(), last,
      kCredentialsAtOnce);
  for (const auto& row : rows) {
    const auto key = row[0].as<std::string>();
    changes.revision = row[3].as<std::int64_t>();
    if (row[4].as<bool>()) {
      changes.changes.push_back({key, true, {}, {}});
    } else {
      changes.changes.push_back(
          {key, false, core::DeviceId::trusted(row[1].as<std::string>()), row[2].as<std::string>()});
    }
    if (changes.changes.size() == kChangesPerMessage) add_message(page, changes);
  }
  add_message(page, changes);
  if (rows.size() == static_cast<std::size_t>(kCredentialsAtOnce))
    page.rest = {{"after", changes.revision}, {"afterKey", rows.back()[0].as<std::string>()}, {"last", last}};
  return page;
}

struct DevicePage {
  std::vector<bus::Publication> messages;
  std::vector<Device> devices;
  core::Timestamp at{};
  std::int64_t told = 0;  // up to this revision
  bool more = false;
};

DevicePage read_devices(pqxx::work& tx, const Json& wanted) {
  DevicePage page;
  const auto devices = pg_devices::changed_between(tx, wanted.at("after"), wanted.at("last"), kDevicesAtOnce);
  if (devices.empty()) return page;
  const Recipe recipe = pg_recipes::get(tx, devices[0].recipe_id, devices[0].recipe_version);
  page.at = core::from_iso(wanted.at("at").get<std::string>()).value_or(core::Timestamp{});
  std::size_t bytes = 0;
  for (const auto& device : devices) {
    auto text = contracts::to_json(device_event(device, recipe, "registered", page.at)).dump();
    bytes += text.size();
    page.messages.push_back({contracts::topics::device_event(device.id), std::move(text)});
    page.devices.push_back(device);
    page.told = device.revision;
    if (bytes > kMostBytes) break;
  }
  page.more =
      page.messages.size() < devices.size() || devices.size() == static_cast<std::size_t>(kDevicesAtOnce);
  return page;
}

}  // namespace

namespace events {

void credentials_changed(pqxx::work& tx, std::int64_t after, std::int64_t last) {
  pg::write_outbox(tx, kCredentials, kKeyOfCredentials,
                   Json{{"after", after}, {"afterKey", ""}, {"last", last}}.dump());
}

void batch_registered(pqxx::work& tx, const core::BatchId& batch, std::int64_t after, std::int64_t last,
                      core::Timestamp at) {
  pg::write_outbox(tx, kDevices, batch.str(),
                   Json{{"after", after}, {"last", last}, {"at", core::to_iso(at)}}.dump());
}

}  // namespace events

bool BatchAnnouncer::knows(const std::string& kind) { return kind == kCredentials || kind == kDevices; }

bool BatchAnnouncer::send(const pg::OutboxEntry& entry) {
  return entry.kind == kCredentials ? send_credentials(entry) : send_devices(entry);
}

bool BatchAnnouncer::publish(const std::vector<bus::Publication>& page) {
  return client_.publish_all_and_wait(page, kSendTimeout);
}

bool BatchAnnouncer::send_credentials(const pg::OutboxEntry& entry) {
  const Json wanted = Json::parse(entry.payload);
  const auto page = pool_.transaction([&](pqxx::work& tx) { return read_credentials(tx, wanted); });
  if (!publish(page.messages)) return false;
  if (page.rest.is_null()) return true;
  pool_.transaction([&](pqxx::work& tx) { pg::replace_outbox(tx, entry, page.rest.dump()); });
  return true;
}

bool BatchAnnouncer::send_devices(const pg::OutboxEntry& entry) {
  Json wanted = Json::parse(entry.payload);
  const auto page = pool_.transaction([&](pqxx::work& tx) { return read_devices(tx, wanted); });
  if (!publish(page.messages)) return false;
  wanted["after"] = page.told;
  pool_.transaction([&](pqxx::work& tx) {
    // The last page may come again after a crash: its events have the same ids then.
    if (!page.more || pg::replace_outbox(tx, entry, wanted.dump()))
      events::registered(tx, page.devices, page.at);
  });
  return true;
}

}  // namespace turnkey::registry
