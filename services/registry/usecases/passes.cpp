// SPDX-License-Identifier: Apache-2.0
#include "usecases/passes.hpp"

#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kLongestLife = std::chrono::hours(24 * 90);
constexpr int kMostInGroup = 200;

ShownPass shown_to(pqxx::work& tx, const User& reader, pg_passes::Pass pass) {
  auto maker = pg_people::find(tx, pass.created_by);
  if (maker && !reader.is_operator() && !maker->sees(pass.group_path)) maker.reset();
  return {std::move(pass), std::move(maker)};
}

void write_line(pqxx::work& tx, const core::UserId& actor, std::string act, const pg_passes::Pass& pass,
                core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor;
  entry.groups = pass.group_path;
  entry.detail = {{"passId", pass.id.str()},
                  {"groupId", pass.group_id.str()},
                  {"notAfter", core::to_iso(pass.not_after)}};
  pg_ledger::append(tx, {entry});
}

std::vector<core::FieldError> field_errors(const NewPass& wanted, const std::optional<Group>& group,
                                           const User& actor, core::Timestamp now) {
  std::vector<core::FieldError> errors;
  if (!group || !actor.sees(group->path)) errors.push_back({"groupId", "unknown", "an own group is needed"});
  if (wanted.not_after <= now) errors.push_back({"notAfter", "past", "a time to come is needed"});
  if (wanted.not_after > now + kLongestLife)
    errors.push_back({"notAfter", "too_late", "a pass lasts for ninety days at most"});
  return errors;
}

User user_of(const pg_passes::Pass& pass) {
  User user;
  user.id = pass.id;
  user.email = "pass-" + pass.id.str() + "@pass.invalid";  // RFC 2606: nobody's
  user.name = pass.name;
  user.role = Role::technician;
  user.group_ids = {pass.group_id};
  user.not_after = pass.not_after;
  return user;
}

}  // namespace

core::Result<MadePass> create_pass(const Context& context, const core::UserId& actor_id,
                                   const NewPass& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<MadePass> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    const core::Timestamp now = context.clock.now();
    const auto group = pg_groups::find(tx, wanted.group_id);
    auto errors = field_errors(wanted, group, *actor, now);
    if (!errors.empty()) return wrong_fields(std::move(errors));
    if (pg_passes::count_in(tx, wanted.group_id, now) >= kMostInGroup)
      return core::conflict("This group has two hundred passes already; delete one first.",
                            "too_many_passes");
    const pg_passes::Pass pass{core::UserId::random(), wanted.name, wanted.group_id, group->path,
                               wanted.not_after,       now,         actor_id};
    pg_people::insert(tx, user_of(pass), "", now);
    pg_passes::insert(tx, pass);
    const auto link = make_link(tx, context, {LinkKind::pass, pass.id, actor_id, pass.not_after});
    write_line(tx, actor_id, "pass.created", pass, now);
    return MadePass{shown_to(tx, *actor, pass), link};
  });
}

core::Result<PassPage> list_passes(const Context& context, const core::UserId& actor_id,
                                   const std::string& cursor, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<PassPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    PassPage page;
    for (auto& pass : pg_passes::list(tx, *actor, cursor, limit + 1, context.clock.now()))
      page.items.push_back(shown_to(tx, *actor, std::move(pass)));
    if (page.items.size() > static_cast<std::size_t>(limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().pass.id.str();
    }
    return page;
  });
}

core::Result<core::Done> delete_pass(const Context& context, const core::UserId& actor_id,
                                     const core::UserId& id) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    pg_people::lock(tx);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto pass = pg_passes::find(tx, id);
    if (!pass || !actor->may_administer() || !actor->sees(pass->group_path)) return core::not_found();
    pg_people::remove(tx, id);
    events::user_changed(tx, id, "deleted", context.clock.now());
    write_line(tx, actor_id, "pass.revoked", *pass, context.clock.now());
    return core::Done{};
  });
}

}  // namespace turnkey::registry
