// SPDX-License-Identifier: Apache-2.0
#include "usecases/edit_device.hpp"

#include "domain/device_fields.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

bool moves(const Device& device, const std::optional<Group>& group) {
  return group && device.group_id != group->id;
}

bool changes_root(const Device& device, const std::optional<Group>& group) {
  return moves(device, group) && device.group_path.front() != group->path.front();
}

void check_owned(const DeviceEdit& edit, std::vector<FieldError>& errors) {
  const char* why = "nobody has this device: hand it over first";
  if (edit.group_id) errors.push_back({"groupId", "not_assigned", why});
  if (edit.model) errors.push_back({"model", "not_assigned", why});
}

std::vector<FieldError> field_errors(pqxx::work& tx, const DeviceEdit& edit, const User& actor,
                                     const Device& device, const std::optional<Group>& group) {
  std::vector<FieldError> errors;
  if (edit.name) check_name(*edit.name, errors);
  if (!device.owned()) {
    check_owned(edit, errors);
    return errors;
  }
  if (edit.group_id) check_group(group, *edit.group_id, actor, errors);
  if (errors.empty() && changes_root(device, group) && !actor.is_operator())
    errors.push_back({"groupId", "other_root", "choose a group below the same root"});
  if (edit.model) check_model(*edit.model, models_for(tx, device), errors);
  return errors;
}

void apply(const DeviceEdit& edit, const std::optional<Group>& group, const Recipe& recipe,
           core::Timestamp now, Device& device) {
  const bool new_owner = changes_root(device, group);
  if (new_owner) {
    device.name = device.serial;
    device.tags = recipe.tags;
    device.provisioned_at = now;
    device.provisioning_id.reset();
    ++device.assignment_epoch;
  }
  if (edit.name) device.name = *edit.name;
  if (edit.tags) device.tags = *edit.tags;
  if (edit.model) device.model = *edit.model;
  if (!moves(device, group)) return;
  device.group_id = group->id;
  device.group_path = group->path;
}

bool same(const Device& a, const Device& b) {
  return a.name == b.name && a.tags == b.tags && a.model == b.model && a.group_id == b.group_id;
}

// Whoever has the device now may read the line: it does not say whose it was, nor what they called it.
LedgerEntry line_of(const Device& before, const Device& device, const User& actor,
                    const std::optional<Group>& group, core::Timestamp now) {
  const bool moved = before.group_id != device.group_id;
  LedgerEntry entry = line_about(device, actor, moved ? "device.moved" : "device.changed", now);
  if (moved) entry.detail = {{"groupId", group->id.str()}, {"group", group->name}};
  if (before.name != device.name) entry.detail["changed"].push_back("name");
  if (before.tags != device.tags) entry.detail["changed"].push_back("tags");
  if (before.model != device.model) entry.detail["changed"].push_back("model");
  return entry;
}

}  // namespace

core::Result<Device> edit_device(const Context& context, const DeviceEdit& edit) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Device> {
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, edit.actor);
    if (!actor) return actor.error();
    auto device = lock_administered(tx, *actor, edit.serial);
    if (!device) return device.error();
    std::optional<Group> group;
    if (const auto id = core::GroupId::parse(edit.group_id.value_or(""))) group = pg_groups::find(tx, *id);
    auto errors = field_errors(tx, edit, *actor, *device, group);
    if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
    const Device before = *device;
    const core::Timestamp now = context.clock.now();
    const Recipe recipe = recipe_of(tx, *device);
    apply(edit, group, recipe, now, *device);
    if (same(before, *device)) return device;
    device->revision = pg_devices::next_revisions(tx);
    pg_devices::update_owner(tx, *device);
    const bool new_owner = before.assignment_epoch != device->assignment_epoch;
    if (new_owner) end_keys_of_others(tx, *device, now);
    events::device_changed(tx, device_event(*device, recipe, new_owner ? "assigned" : "changed", now));
    if (before.group_id != device->group_id) events::owner_changed(tx, before, *device, now);
    pg_ledger::append(tx, {line_of(before, *device, *actor, group, now)});
    return device;
  });
}

}  // namespace turnkey::registry
