// SPDX-License-Identifier: Apache-2.0
#include "usecases/undo_release.hpp"

#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

// All that an undo looks at.
struct Undo {
  Device device;
  std::optional<pg_releases::Release> release;
  std::optional<Group> group;  // the former one, as it is now
};

core::Error undo_over() {
  return core::conflict("The release of this device cannot be taken back any more.", "undo_over");
}

std::optional<Undo> look_at(pqxx::work& tx, const User& actor, const std::optional<Device>& device) {
  if (!device || !actor.may_administer()) return std::nullopt;
  Undo undo{*device, pg_releases::find(tx, device->id), std::nullopt};
  if (undo.release) undo.group = pg_groups::find(tx, undo.release->group_id);
  const bool formerly_theirs = undo.group && actor.sees(undo.group->path);
  if (!formerly_theirs && !device->visible_to(actor)) return std::nullopt;
  if (!formerly_theirs) undo.group.reset();  // a stranger's: not the actor's to take back, nor to know of
  return undo;
}

bool done_already(const Undo& undo) {
  return undo.release && undo.group && undo.release->undone && undo.device.owned() &&
         undo.device.assignment_epoch == undo.release->assignment_epoch + 1;
}

bool possible(const Undo& undo, core::Timestamp now) {
  return undo.release && undo.group && undo.group->leaf && !undo.release->undone && !undo.device.owned() &&
         undo.device.assignment_epoch == undo.release->assignment_epoch && now < undo.release->undo_until;
}

void restore_owner(Device& device, const pg_releases::Release& release, const Group& group) {
  device.name = release.name;
  device.model = release.model;
  device.tags = release.tags;
  device.group_id = group.id;
  device.group_path = group.path;
  device.provisioned_at = release.provisioned_at;
  device.provisioning_id = release.provisioning_id;
  ++device.assignment_epoch;
}

void write_line(pqxx::work& tx, const User& actor, const Undo& undo, core::Timestamp now) {
  LedgerEntry entry = line_about(undo.device, actor, "device.release_undone", now);
  entry.detail = {{"groupId", undo.group->id.str()}, {"group", undo.group->name}};
  pg_ledger::append(tx, {entry});
}

}  // namespace

core::Result<Device> undo_release(const Context& context, const core::UserId& actor_id,
                                  const std::string& serial) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Device> {
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    auto undo = look_at(tx, *actor, pg_devices::find_by_serial(tx, serial));
    if (!undo) return core::not_found();
    pg_devices::lock(tx, undo->device.id);
    undo = look_at(tx, *actor, pg_devices::find(tx, undo->device.id));
    if (!undo) return core::not_found();
    if (done_already(*undo)) return undo->device;
    const core::Timestamp now = context.clock.now();
    if (!possible(*undo, now)) return undo_over();
    Device& device = undo->device;
    const Device before = device;
    restore_owner(device, *undo->release, *undo->group);
    device.revision = pg_devices::next_revisions(tx);
    pg_devices::update_owner(tx, device);
    change_keys(tx, device, std::nullopt, now);
    restore_keys(tx, device, undo->release->revoked_keys);
    pg_releases::mark_undone(tx, device.id);
    events::device_changed(tx, device_event(device, recipe_of(tx, device), "assigned", now));
    events::owner_changed(tx, before, device, now);
    write_line(tx, *actor, *undo, now);
    return device;
  });
}

}  // namespace turnkey::registry
