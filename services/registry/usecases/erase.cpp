// SPDX-License-Identifier: Apache-2.0
#include "usecases/erase.hpp"

#include "outbound/events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_integrations.hpp"
#include "outbound/pg_people.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

core::Result<User> operator_of(pqxx::work& tx, const core::UserId& id) {
  auto actor = load_actor(tx, id);
  if (actor && !actor->is_operator()) return core::not_found();
  return actor;
}

// For operators alone: whose it was may not be read by those who come after.
LedgerEntry line_of(const Erasure& erasure, const WantedErasure& wanted, std::string act, Json subject) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = erasure.at;
  entry.user_id = wanted.actor;
  entry.groups = pg_erasure::Groups{};
  entry.detail = std::move(subject);
  entry.detail["rows"] = {{"registry", erasure.counts}, {"elsewhere", wanted.elsewhere}};
  return entry;
}

void tell_gone(pqxx::work& tx, const Erasure& erasure) {
  for (const auto& user : erasure.users) events::user_changed(tx, user, "deleted", erasure.at);
}

core::Result<core::Done> may_go(pqxx::work& tx, const core::UserId& actor, const User& user) {
  if (user.id == actor) return core::conflict("Nobody can erase themselves.", "own_account");
  if (user.is_operator() && !pg_people::other_operator_exists(tx, user.id))
    return core::conflict("This is the last operator; make another one first.", "last_operator");
  return core::Done{};
}

// Their keys end at the broker too.
void end_integrations(pqxx::work& tx, const pg_erasure::Groups& groups, core::Timestamp now) {
  const auto integrations = pg_integrations::of_groups(tx, groups);
  if (integrations.empty()) return;
  auto revision = pg_devices::next_revisions(tx, static_cast<std::int64_t>(integrations.size()));
  for (const auto& id : integrations) {
    pg_integrations::lock(tx, id);
    events::credentials_changed(tx, pg_integrations::change_keys(tx, id, std::nullopt, revision--, now));
    pg_integrations::remove(tx, id);
  }
}

Erasure look_at_group(pqxx::work& tx, const core::GroupId& id, core::Timestamp now) {
  Erasure erasure{now};
  erasure.groups = pg_groups::subtree(tx, id);
  erasure.users = pg_erasure::people_of(tx, erasure.groups);
  erasure.tenures = pg_erasure::tenures(tx, erasure.groups);
  erasure.devices = pg_erasure::devices_in(tx, erasure.groups);
  erasure.counts = pg_erasure::count_groups(tx, erasure.groups);
  for (const auto& [table, rows] : pg_erasure::count_people(tx, erasure.users))
    if (table != "user_groups") erasure.counts[table] += rows;  // these are of the groups already
  erasure.counts["ledger"] = pg_erasure::count_words(tx, erasure.groups);
  return erasure;
}

}  // namespace

core::Result<Erasure> erase_user(const Context& context, const core::UserId& id,
                                 const WantedErasure& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Erasure> {
    pg_people::lock(tx);
    const auto actor = operator_of(tx, wanted.actor);
    if (!actor) return actor.error();
    const auto user = pg_people::find(tx, id);
    if (!user) return core::not_found();
    if (const auto may = may_go(tx, wanted.actor, *user); !may) return may.error();
    Erasure erasure{context.clock.now(), {id}};
    erasure.counts = pg_erasure::count_people(tx, erasure.users);
    if (!wanted.apply) return erasure;
    pg_erasure::remove_people(tx, erasure.users);
    tell_gone(tx, erasure);
    erasure.written = pg_erasure::append_without_words(
        tx, {}, line_of(erasure, wanted, "user.erased", {{"userId", id.str()}}));
    return erasure;
  });
}

core::Result<Erasure> erase_group(const Context& context, const core::GroupId& id,
                                  const WantedErasure& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Erasure> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, true);
    const auto actor = operator_of(tx, wanted.actor);
    if (!actor) return actor.error();
    if (!pg_groups::find(tx, id)) return core::not_found();
    Erasure erasure = look_at_group(tx, id, context.clock.now());
    if (!wanted.apply) return erasure;
    if (erasure.devices > 0)
      return core::conflict("Devices are in it still: release or delete them first.", "devices_remain");
    const auto members = pg_erasure::members_of(tx, erasure.groups);
    end_integrations(tx, erasure.groups, erasure.at);
    pg_erasure::remove_people(tx, erasure.users);
    pg_erasure::remove_groups(tx, erasure.groups);
    tell_gone(tx, erasure);
    for (const auto& user : members)
      if (pg_people::find(tx, user)) events::user_changed(tx, user, "changed", erasure.at);
    erasure.written = pg_erasure::append_without_words(
        tx, erasure.groups, line_of(erasure, wanted, "group.erased", {{"groupId", id.str()}}));
    return erasure;
  });
}

}  // namespace turnkey::registry
