// SPDX-License-Identifier: Apache-2.0
#include "usecases/hand_over.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "domain/text.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_credentials.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

// All that a hand-over looks at, read under the device's lock.
struct Prepared {
  User actor;
  Device device;
  Recipe recipe;
  std::vector<Model> models;  // of the recipe as it is now, as the form shows them
  std::optional<Group> group;
  bool done_already = false;
};

std::vector<FieldError> field_errors(const Assignment& wanted, const Prepared& prepared) {
  std::vector<FieldError> errors;
  const bool blank = wanted.name.find_first_not_of(" \t") == std::string::npos;
  if (blank) errors.push_back({"name", "required", "a name is needed"});
  if (characters(wanted.name) > 255)
    errors.push_back({"name", "too_long", "at most 255 characters are allowed"});
  if (!prepared.group || !prepared.actor.sees(prepared.group->path)) {
    errors.push_back(
        {"groupId", wanted.group_id.empty() ? "required" : "unknown", "choose one of your groups"});
  } else if (!prepared.group->leaf) {
    errors.push_back({"groupId", "not_a_leaf", "choose a group that has none below"});
  }
  const bool known = std::any_of(prepared.models.begin(), prepared.models.end(),
                                 [&](const Model& model) { return model.key == wanted.model; });
  if (!known)
    errors.push_back(
        {"model", wanted.model.empty() ? "required" : "unknown", "choose one of the supported models"});
  return errors;
}

core::Result<Prepared> prepare(pqxx::work& tx, const Assignment& wanted) {
  pg_groups::lock_tree(tx, false);
  pg_devices::lock(tx, wanted.device_id);
  const auto actor = load_actor(tx, wanted.actor);
  if (!actor) return actor.error();
  const auto device = pg_devices::find(tx, wanted.device_id);
  if (!device || !actor->may_provision()) return core::not_found();
  Prepared prepared{*actor, *device, pg_recipes::get(tx, device->recipe_id, device->recipe_version),
                    {},     {},      false};
  if (const auto newest = pg_recipes::find(tx, device->recipe_id)) prepared.models = newest->models;
  if (const auto id = core::GroupId::parse(wanted.group_id)) prepared.group = pg_groups::find(tx, *id);
  prepared.done_already = device->provisioning_id == wanted.provisioning_id;
  if (prepared.done_already) return prepared;
  if (device->assignment_epoch != wanted.assignment_epoch ||
      !prepared.recipe.transferable(device->owned(), device->assignment_epoch > 0))
    return core::conflict("The device was handed to somebody else meanwhile.", "owner_changed");
  auto errors = field_errors(wanted, prepared);
  if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
  return prepared;
}

LedgerEntry line_about(const Device& device, const User& actor, std::string act, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.device_id = device.id;
  entry.serial = device.serial;
  entry.user_id = actor.id;
  return entry;
}

Credentials new_credentials() { return {core::random_uuid(), core::random_hex(32)}; }

// Old keys end and a new one begins, at one revision.
Credentials rotate_credentials(pqxx::work& tx, const core::DeviceId& device, std::int64_t revision,
                               core::Timestamp now) {
  contracts::CredentialChanges changes;
  changes.revision = revision;
  for (auto& key : pg_credentials::revoke_all(tx, device, revision, now))
    changes.changes.push_back({std::move(key), true, {}, {}});
  Credentials credentials = new_credentials();
  pg_credentials::insert(tx, device, credentials, revision, now);
  changes.changes.push_back(
      {credentials.access_key, false, device, core::sha256_hex(credentials.access_secret)});
  events::credentials_changed(tx, changes);
  return credentials;
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

}  // namespace

core::Result<core::Done> check_assignment(const Context& context, const Assignment& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto prepared = prepare(tx, wanted);
    if (!prepared) return prepared.error();
    return core::Done{};
  });
}

core::Result<Device> assign_device(const Context& context, const Assignment& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Device> {
    auto prepared = prepare(tx, wanted);
    if (!prepared) return prepared.error();
    Device device = prepared->device;
    if (prepared->done_already) return device;
    const core::Timestamp now = context.clock.now();
    const bool taken_over = device.owned();
    device.name = wanted.name;
    device.model = wanted.model;
    device.group_id = prepared->group->id;
    device.group_path = prepared->group->path;
    if (taken_over)
      device.tags = prepared->recipe.tags;  // the former owner's tags are not the new one's to read
    device.provisioned_at = now;
    device.provisioning_id = wanted.provisioning_id;
    ++device.assignment_epoch;
    device.revision = pg_devices::next_revisions(tx);
    pg_devices::update_owner(tx, device);
    events::device_changed(tx, device_event(device, prepared->recipe, "assigned", now));
    LedgerEntry entry =
        line_about(device, prepared->actor, taken_over ? "device.taken_over" : "device.assigned", now);
    entry.provisioning_id = wanted.provisioning_id;
    entry.detail = {{"groupId", device.group_id->str()},
                    {"group", prepared->group->name},
                    {"model", wanted.model},
                    {"name", wanted.name}};
    pg_ledger::append(tx, {entry});
    return device;
  });
}

core::Result<Released> release_device(const Context& context, const core::UserId& actor_id,
                                      const std::string& serial, const std::string& idempotency_key) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Released> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const std::string line_key = "release " + actor_id.str() + " " + idempotency_key;
    // The reply to the first request may have been lost: then the device is nobody's already.
    const auto again = [&](const Device& found) {
      return !found.owned() && pg_ledger::is_last_of(tx, found.id, line_key);
    };
    const auto theirs = [&](const Device& found) {
      return (found.owned() && found.visible_to(*actor)) || again(found);
    };
    auto device = pg_devices::find_by_serial(tx, serial);
    // Before the lock: what is not theirs must not be told by how long the answer takes.
    if (!device || !actor->may_administer() || !theirs(*device)) return core::not_found();
    pg_devices::lock(tx, device->id);
    device = pg_devices::find(tx, device->id);
    if (!theirs(*device)) return core::not_found();
    const core::Timestamp now = context.clock.now();
    const Recipe recipe = pg_recipes::get(tx, device->recipe_id, device->recipe_version);
    const auto former_path = device->group_path;
    if (device->owned()) give_back(*device, recipe);
    device->revision = pg_devices::next_revisions(tx);
    pg_devices::update_owner(tx, *device);
    Released released{*device, rotate_credentials(tx, device->id, device->revision, now)};
    events::device_changed(tx, device_event(*device, recipe, "released", now));
    LedgerEntry entry = line_about(*device, *actor, "device.released", now);
    entry.idempotency_key = line_key;
    entry.groups = former_path;
    pg_ledger::append(tx, {entry});
    return released;
  });
}

}  // namespace turnkey::registry
