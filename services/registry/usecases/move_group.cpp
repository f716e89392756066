// SPDX-License-Identifier: Apache-2.0
// Renaming and moving groups (usecases/administer_groups.hpp).
#include <algorithm>

#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"
#include "usecases/administer_groups.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kDeepest = 16;  // levels; pages indent them

using Path = std::vector<core::GroupId>;

bool administers(const User& actor, const std::optional<Group>& group) {
  return group && actor.may_administer() && actor.sees(group->path);
}

core::Error wrong_parent(std::string code, std::string message) {
  return core::invalid("It cannot go there.", {{"parentId", std::move(code), std::move(message)}});
}

// Where the group goes: the path of its new parent.
core::Result<Path> target(pqxx::work& tx, const User& actor, const Group& group,
                          const std::optional<core::GroupId>& parent_id) {
  const auto old_parent = group.parent_id ? pg_groups::find(tx, *group.parent_id) : std::nullopt;
  const bool leaves_own = administers(actor, old_parent);
  if (!parent_id) {
    if (!actor.is_operator()) return wrong_parent("required", "an own group is needed");
    return Path{};
  }
  const auto parent = pg_groups::find(tx, *parent_id);
  if (!administers(actor, parent)) return wrong_parent("unknown", "an own group is needed");
  const bool same_root = parent->path.front() == group.path.front();
  if (!actor.is_operator() && (!leaves_own || !same_root))
    return wrong_parent("not_allowed", "this group is not yours to take from where it is");
  if (std::find(parent->path.begin(), parent->path.end(), group.id) != parent->path.end())
    return wrong_parent("inside_itself", "a group cannot go below itself");
  if (pg_groups::has_devices(tx, *parent_id))
    return core::conflict("The parent group has devices; groups below it would hide them.",
                          "group_has_devices");
  return parent->path;
}

// Those above, where it was and where it is: what they see has changed.
void tell_users(pqxx::work& tx, const Path& before, const Path& after, const core::GroupId& group,
                core::Timestamp now) {
  Path above = before;
  above.insert(above.end(), after.begin(), after.end());
  std::erase(above, group);
  for (const auto& user : pg_groups::users_of(tx, above)) events::user_changed(tx, user, "changed", now);
}

Path either(Path one, const Path& other) {
  for (const auto& id : other)
    if (std::find(one.begin(), one.end(), id) == one.end()) one.push_back(id);
  return one;
}

LedgerEntry line(const User& actor, std::string act, const Group& group, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor.id;
  entry.groups = group.path;
  entry.detail = {{"groupId", group.id.str()}, {"name", group.name}};
  return entry;
}

}  // namespace

core::Result<Group> change_group(const Context& context, const core::UserId& actor_id,
                                 const core::GroupId& id, const GroupChange& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<Group> {
    pg_groups::lock_tree(tx, true);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    auto group = pg_groups::find(tx, id);
    if (!administers(*actor, group)) return core::not_found();
    const core::Timestamp now = context.clock.now();
    const Group before = *group;
    std::vector<LedgerEntry> lines;
    if (wanted.name) group->name = *wanted.name;
    const bool moves = wanted.moves && wanted.parent_id != before.parent_id;
    if (moves) {
      auto path = target(tx, *actor, before, wanted.parent_id);
      if (!path) return path.error();
      if (path->size() + static_cast<std::size_t>(pg_groups::height(tx, id)) > kDeepest)
        return wrong_parent("too_deep", "groups may be 16 levels deep");
      group->parent_id = wanted.parent_id;
      group->path = *path;
      group->path.push_back(id);
    }
    if (pg_groups::name_taken(tx, group->parent_id, group->name, id))
      return core::conflict("A group beside it has this name already.", "name_taken");
    if (group->name != before.name) {
      pg_groups::rename(tx, id, group->name);
      lines.push_back(line(*actor, "group.renamed", *group, now));
    }
    if (moves) {
      Path parent = group->path;
      parent.pop_back();
      pg_groups::move(tx, before, parent);
      tell_users(tx, before.path, group->path, id, now);
      events::group_moved(tx, id, {});
      lines.push_back(line(*actor, "group.moved", *group, now));
      lines.back().groups = either(before.path, group->path);
      lines.back().detail["from"] = before.parent_id ? before.parent_id->str() : "";
      lines.back().detail["to"] = group->parent_id ? group->parent_id->str() : "";
    }
    if (!lines.empty()) pg_ledger::append(tx, lines);
    return *group;
  });
}

}  // namespace turnkey::registry
