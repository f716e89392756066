// SPDX-License-Identifier: Apache-2.0
#include "usecases/ownership.hpp"

#include "core/hash.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_credentials.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kUndoable = std::chrono::minutes(10);

}  // namespace

LedgerEntry line_about(const Device& device, const User& actor, std::string act, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.device_id = device.id;
  entry.serial = device.serial;
  entry.user_id = actor.id;
  entry.groups = device.group_path;
  return entry;
}

core::Result<Device> lock_administered(pqxx::work& tx, const User& actor, const std::string& serial) {
  const auto theirs = [&](const std::optional<Device>& device) {
    return device && actor.may_administer() && device->visible_to(actor);
  };
  const auto found = pg_devices::find_by_serial(tx, serial);
  if (!theirs(found)) return core::not_found();
  pg_devices::lock(tx, found->id);
  auto device = pg_devices::find(tx, found->id);
  if (!theirs(device)) return core::not_found();
  return std::move(*device);
}

Recipe recipe_of(pqxx::work& tx, const Device& device) {
  return pg_recipes::get(tx, device.recipe_id, device.recipe_version);
}

std::vector<Model> models_for(pqxx::work& tx, const Device& device) {
  const auto newest = pg_recipes::find(tx, device.recipe_id);
  return newest ? newest->models : std::vector<Model>{};
}

void give_back(Device& device, const Recipe& recipe) {
  device.name = device.serial;
  device.model.reset();
  device.group_id.reset();
  device.group_path.clear();
  device.tags = recipe.tags;
  device.provisioned_at.reset();
  device.provisioning_id.reset();
  ++device.assignment_epoch;
}

pg_releases::Release remember_owner(const Device& device, core::Timestamp now) {
  pg_releases::Release release;
  release.device_id = device.id;
  release.released_at = now;
  release.undo_until = now + kUndoable;
  release.assignment_epoch = device.assignment_epoch + 1;
  release.group_id = *device.group_id;
  release.name = device.name;
  release.model = device.model;
  release.tags = device.tags;
  release.provisioned_at = device.provisioned_at;
  release.provisioning_id = device.provisioning_id;
  return release;
}

std::vector<std::string> change_keys(pqxx::work& tx, const Device& device,
                                     const std::optional<Credentials>& next, core::Timestamp now) {
  contracts::CredentialChanges changes;
  changes.revision = device.revision;
  const auto ended = pg_credentials::revoke_all(tx, device.id, device.revision, now);
  for (const auto& key : ended) changes.changes.push_back({key, true, {}, {}});
  if (next) {
    pg_credentials::insert(tx, device.id, *next, device.revision, now);
    changes.changes.push_back({next->access_key, false, device.id, core::sha256_hex(next->access_secret)});
  }
  if (!changes.changes.empty()) events::credentials_changed(tx, changes);
  return ended;
}

void end_keys_of_others(pqxx::work& tx, const Device& device, core::Timestamp now) {
  contracts::CredentialChanges changes;
  changes.revision = device.revision;
  for (auto& credential : pg_credentials::unrevoked_of(tx, device.id)) {
    if (!credential.created_by) continue;
    const auto maker = pg_people::find(tx, *credential.created_by);
    if (maker && maker->may_administer() && device.visible_to(*maker)) continue;
    credential.revoked_at = now;
    pg_credentials::update(tx, credential, device.revision);
    changes.changes.push_back(pg_credentials::change_of(credential));
  }
  if (!changes.changes.empty()) events::credentials_changed(tx, changes);
}

void restore_keys(pqxx::work& tx, const Device& device, const std::vector<std::string>& keys) {
  contracts::CredentialChanges changes;
  changes.revision = device.revision;
  for (const auto& key : keys) {
    auto credential = pg_credentials::find(tx, device.id, key);
    if (!credential) continue;
    credential->revoked_at.reset();
    pg_credentials::update(tx, *credential, device.revision);
    changes.changes.push_back(pg_credentials::change_of(*credential));
  }
  if (!changes.changes.empty()) events::credentials_changed(tx, changes);
}

}  // namespace turnkey::registry
