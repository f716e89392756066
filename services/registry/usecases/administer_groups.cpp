// SPDX-License-Identifier: Apache-2.0
#include "usecases/administer_groups.hpp"

#include "outbound/pg_groups.hpp"
#include "outbound/pg_integrations.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_passes.hpp"
#include "outbound/pg_people.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kDeepest = 16;  // levels; pages indent them

void write_line(pqxx::work& tx, const Context& context, const User& actor, std::string act,
                const Group& group) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = context.clock.now();
  entry.user_id = actor.id;
  entry.groups = group.path;
  entry.detail = {{"groupId", group.id.str()}, {"name", group.name}};
  pg_ledger::append(tx, {entry});
}

// The group, for an admin of it.
core::Result<Group> administered(pqxx::work& tx, const User& actor, const core::GroupId& id) {
  auto group = pg_groups::find(tx, id);
  if (!group || !actor.may_administer() || !actor.sees(group->path)) return core::not_found();
  return *group;
}

core::Error name_taken() { return core::conflict("A group beside it has this name already.", "name_taken"); }

}  // namespace

core::Result<pg_groups::SeenGroups> list_groups(const Context& context, const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<pg_groups::SeenGroups> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    return pg_groups::seen_by(tx, *actor);
  });
}

core::Result<Group> create_group(const Context& context, const core::UserId& actor_id,
                                 const std::string& name, const std::optional<core::GroupId>& parent_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Group> {
    pg_groups::lock_tree(tx, true);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    Group group;
    group.id = core::GroupId::random();
    group.name = name;
    group.parent_id = parent_id;
    if (parent_id) {
      const auto parent = administered(tx, *actor, *parent_id);
      if (!parent)
        return core::invalid("There is no such parent group.",
                             {{"parentId", "unknown", "an own group is needed"}});
      if (pg_groups::has_devices(tx, *parent_id))
        return core::conflict("The parent group has devices; groups below it would hide them.",
                              "group_has_devices");
      if (parent->path.size() >= kDeepest) return core::invalid("Groups may be 16 levels deep.");
      group.path = parent->path;
    } else if (!actor->is_operator()) {
      return core::invalid("A parent group is needed.", {{"parentId", "required", "an own group is needed"}});
    }
    if (pg_groups::name_taken(tx, parent_id, name, group.id)) return name_taken();
    group.path.push_back(group.id);
    pg_groups::insert(tx, group, context.clock.now());
    write_line(tx, context, *actor, "group.created", group);
    return group;
  });
}

core::Result<core::Done> delete_group(const Context& context, const core::UserId& actor_id,
                                      const core::GroupId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, true);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto group = administered(tx, *actor, id);
    if (!group) return group.error();
    pg_passes::remove_ended(tx, id, context.clock.now());
    if (!group->leaf || pg_groups::has_devices(tx, id) || pg_groups::has_users(tx, id) ||
        pg_integrations::count_in(tx, id) > 0)
      return core::conflict("The group still has groups, devices, users or integrations.", "group_not_empty");
    pg_groups::remove(tx, id);
    write_line(tx, context, *actor, "group.deleted", *group);
    return core::Done{};
  });
}

}  // namespace turnkey::registry
