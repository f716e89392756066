// SPDX-License-Identifier: Apache-2.0
#include "usecases/delete_device.hpp"

#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_deletions.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

std::vector<LedgerEntry> lines_about(const Device& device, const User& actor, core::Timestamp now) {
  std::vector<LedgerEntry> lines;
  if (device.owned()) lines.push_back(line_about(device, actor, "device.released", now));
  lines.push_back(line_about(device, actor, "device.deleted", now));
  return lines;
}

// Whose it was loses it by this as by a release.
void tell_owner(pqxx::work& tx, const Device& device, core::Timestamp now) {
  Device gone = device;
  gone.group_id.reset();
  gone.group_path.clear();
  events::owner_changed(tx, device, gone, now);
}

}  // namespace

core::Result<core::Done> delete_device(const Context& context, const DeviceDeletion& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_actor(tx, wanted.actor);
    if (!actor) return actor.error();
    if (!actor->is_operator()) return core::not_found();
    const std::string request_key = wanted.actor.str() + " " + wanted.idempotency_key;
    auto device = lock_administered(tx, *actor, wanted.serial);
    // After the lock: the first run of the same request may have held it.
    if (pg_deletions::done_already(tx, wanted.serial, request_key)) return core::Done{};
    if (!device) return device.error();
    const core::Timestamp now = context.clock.now();
    device->revision = pg_devices::next_revisions(tx);
    change_keys(tx, *device, std::nullopt, now);
    const pg_deletions::Deletion deletion{device->id,        device->serial,
                                          device->recipe_id, recipe_of(tx, *device).register_attribute,
                                          device->revision,  now};
    pg_deletions::remove(tx, deletion, request_key);
    events::device_changed(tx, deletion_event(deletion));
    tell_owner(tx, *device, now);
    pg_ledger::append(tx, lines_about(*device, *actor, now));
    return core::Done{};
  });
}

}  // namespace turnkey::registry
