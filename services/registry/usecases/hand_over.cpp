// SPDX-License-Identifier: Apache-2.0
#include "usecases/hand_over.hpp"

#include "domain/device_fields.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_consents.hpp"
#include "outbound/pg_credentials.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_notices.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

// All that a hand-over looks at, read under the device's lock.
struct Prepared {
  User actor;
  Device device;
  Recipe recipe;
  std::vector<Model> models;  // of the recipe as it is now, as the form shows them
  std::optional<Group> group;
  bool done_already = false;
};

std::vector<core::FieldError> field_errors(const Assignment& wanted, const Prepared& prepared) {
  std::vector<core::FieldError> errors;
  check_name(wanted.name, errors);
  check_group(prepared.group, wanted.group_id, prepared.actor, errors);
  check_model(wanted.model, prepared.models, errors);
  return errors;
}

// The owner may have taken a consent back since the window was opened, or its time may be over.
core::Result<core::Done> check_owner(pqxx::work& tx, const Assignment& wanted, const Prepared& prepared,
                                     core::Timestamp now) {
  const Device& device = prepared.device;
  if (device.assignment_epoch != wanted.assignment_epoch)
    return core::conflict("The device was handed to somebody else meanwhile.", "owner_changed");
  const bool consented = pg_consents::granted(tx, device.serial, wanted.actor, now);
  if (!prepared.recipe.transferable(device.owned(), device.assignment_epoch > 0, consented))
    return core::conflict("The owner of this device does not agree to hand it over, or not any more.",
                          "no_consent");
  return core::Done{};
}

core::Result<Prepared> prepare(pqxx::work& tx, const core::Clock& clock, const Assignment& wanted) {
  pg_groups::lock_tree(tx, false);
  pg_devices::lock(tx, wanted.device_id);
  const auto actor = load_actor(tx, wanted.actor);
  if (!actor) return actor.error();
  const auto device = pg_devices::find(tx, wanted.device_id);
  if (!device || !actor->may_provision()) return core::not_found();
  Prepared prepared{*actor, *device, recipe_of(tx, *device), models_for(tx, *device), {}, false};
  if (const auto id = core::GroupId::parse(wanted.group_id)) prepared.group = pg_groups::find(tx, *id);
  prepared.done_already = device->provisioning_id == wanted.provisioning_id;
  if (prepared.done_already) return prepared;
  if (const auto allowed = check_owner(tx, wanted, prepared, clock.now()); !allowed) return allowed.error();
  auto errors = field_errors(wanted, prepared);
  if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
  return prepared;
}

// The yes that this hand-over used up; none when presence was enough.
std::optional<pg_notices::Agreed> agreed(pqxx::work& tx, const Prepared& prepared, core::Timestamp now) {
  const auto request = pg_consents::find(tx, prepared.device.id, prepared.actor.id);
  if (!request || !request->holds(now) || request->assignment_epoch != prepared.device.assignment_epoch)
    return std::nullopt;
  return pg_notices::Agreed{prepared.actor.id, *request->decided_at};
}

}  // namespace

core::Result<core::Done> check_assignment(const Context& context, const Assignment& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto prepared = prepare(tx, context.clock, wanted);
    if (!prepared) return prepared.error();
    return core::Done{};
  });
}

core::Result<Device> assign_device(const Context& context, const Assignment& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Device> {
    auto prepared = prepare(tx, context.clock, wanted);
    if (!prepared) return prepared.error();
    Device device = prepared->device;
    if (prepared->done_already) return device;
    const core::Timestamp now = context.clock.now();
    const bool taken_over = device.owned();
    // From one site to another of the same tenant it is moved, not taken from anybody.
    const bool left_its_people =
        taken_over && prepared->device.group_path.front() != prepared->group->path.front();
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
    if (taken_over) end_keys_of_others(tx, device, now);
    auto event = device_event(device, prepared->recipe, "assigned", now);
    if (left_its_people) event.taken_over_from = prepared->device.group_id;
    events::device_changed(tx, event);
    events::owner_changed(tx, prepared->device, device, now);
    if (left_its_people)
      pg_notices::insert(tx, pg_notices::kTakenOver, prepared->device, now, agreed(tx, *prepared, now));
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

}  // namespace turnkey::registry
