// SPDX-License-Identifier: Apache-2.0
#include "usecases/replace_device.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

struct Pair {
  Device old_one;
  Device new_one;
};

std::optional<Pair> find_both(pqxx::work& tx, const Replacement& wanted) {
  auto old_one = pg_devices::find_by_serial(tx, wanted.serial);
  auto new_one = pg_devices::find_by_serial(tx, wanted.new_serial);
  if (!old_one || !new_one || old_one->id == new_one->id) return std::nullopt;
  return Pair{std::move(*old_one), std::move(*new_one)};
}

// In the order of their ids, then looked at again; false when a serial is another device's by now.
bool lock_both(pqxx::work& tx, const Replacement& wanted, Pair& pair) {
  pg_devices::lock(tx, std::min(pair.old_one.id, pair.new_one.id));
  pg_devices::lock(tx, std::max(pair.old_one.id, pair.new_one.id));
  auto again = find_both(tx, wanted);
  if (!again || again->old_one.id != pair.old_one.id || again->new_one.id != pair.new_one.id) return false;
  pair = std::move(*again);
  return true;
}

// Was this replacement made by a request with the same key?
bool done_already(pqxx::work& tx, const User& actor, const Replacement& wanted, const Pair& pair) {
  if (pair.old_one.owned() || !pair.new_one.owned() || !pair.new_one.visible_to(actor)) return false;
  const auto release = pg_releases::find(tx, pair.old_one.id);
  return release && release->replaced_by == pair.new_one.id && release->request.user == actor.id &&
         release->request.idempotency_key == wanted.idempotency_key;
}

core::Result<core::Done> check(pqxx::work& tx, const User& actor, const Pair& pair) {
  const Recipe recipe = recipe_of(tx, pair.new_one);
  const bool theirs = pair.old_one.owned() && pair.old_one.visible_to(actor);
  if (!theirs || !recipe.transferable(false, pair.new_one.assignment_epoch > 0) || pair.new_one.owned())
    return core::not_found();
  if (!actor.is_operator() && recipe.presence_policy != "none")
    return core::conflict("The new unit needs a press: register it as any other.", "presence_not_proven");
  if (pair.old_one.recipe_id != pair.new_one.recipe_id)
    return core::invalid("Some fields are not right.",
                         {{"serial", "other_recipe", "a unit of the same recipe is needed"}});
  return core::Done{};
}

void take_over(const Device& old_one, core::Timestamp now, Device& device) {
  device.name = old_one.name;
  device.model = old_one.model;
  device.group_id = old_one.group_id;
  device.group_path = old_one.group_path;
  device.tags = old_one.tags;
  device.provisioned_at = now;
  ++device.assignment_epoch;
}

// No key is made for the old unit, so there is no secret to make again either.
pg_releases::Request request_of(const Replacement& wanted, core::Timestamp now) {
  return {wanted.actor, wanted.idempotency_key, core::sha256_hex(core::random_hex(32)), now,
          "",           core::random_hex(32)};
}

void write_lines(pqxx::work& tx, const User& actor, const Pair& pair, core::Timestamp now) {
  LedgerEntry gone = line_about(pair.old_one, actor, "device.replaced", now);
  gone.groups = pair.new_one.group_path;  // of the owner who has the new one instead
  gone.detail = {{"by", pair.new_one.serial}};
  LedgerEntry come = line_about(pair.new_one, actor, "device.replacement", now);
  come.detail = {{"of", pair.old_one.serial}, {"groupId", pair.new_one.group_id->str()}};
  pg_ledger::append(tx, {gone, come});
}

Device replace(pqxx::work& tx, const User& actor, const Replacement& wanted, Pair& pair,
               core::Timestamp now) {
  const Pair before = pair;
  auto kept = remember_owner(pair.old_one, now);
  kept.request = request_of(wanted, now);
  kept.replaced_by = pair.new_one.id;
  take_over(pair.old_one, now, pair.new_one);
  const Recipe old_recipe = recipe_of(tx, pair.old_one);
  give_back(pair.old_one, old_recipe);
  pair.new_one.revision = pg_devices::next_revisions(tx, 2);
  pair.old_one.revision = pair.new_one.revision - 1;
  pg_devices::update_owner(tx, pair.old_one);
  pg_devices::update_owner(tx, pair.new_one);
  kept.revoked_keys = change_keys(tx, pair.old_one, std::nullopt, now);
  pg_releases::save(tx, kept);
  events::device_changed(tx, device_event(pair.old_one, old_recipe, "released", now));
  events::device_changed(tx, device_event(pair.new_one, recipe_of(tx, pair.new_one), "assigned", now));
  events::owner_changed(tx, before.old_one, pair.old_one, now);
  events::owner_changed(tx, before.new_one, pair.new_one, now);
  write_lines(tx, actor, pair, now);
  return pair.new_one;
}

}  // namespace

core::Result<Device> replace_device(const Context& context, const Replacement& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Device> {
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, wanted.actor);
    if (!actor) return actor.error();
    auto pair = find_both(tx, wanted);
    if (!pair || !actor->may_administer()) return core::not_found();
    if (done_already(tx, *actor, wanted, *pair)) return pair->new_one;
    auto allowed = check(tx, *actor, *pair);  // before the locks: a stranger's device must not be waited for
    if (!allowed) return allowed.error();
    if (!lock_both(tx, wanted, *pair)) return core::not_found();
    if (done_already(tx, *actor, wanted, *pair)) return pair->new_one;
    allowed = check(tx, *actor, *pair);
    if (!allowed) return allowed.error();
    return replace(tx, *actor, wanted, *pair, context.clock.now());
  });
}

}  // namespace turnkey::registry
