// SPDX-License-Identifier: Apache-2.0
#include "usecases/administer_users.hpp"

#include <algorithm>
#include <map>

#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

using Groups = std::map<core::GroupId, Group>;

Groups groups_of(pqxx::work& tx) {
  Groups groups;
  for (auto& group : pg_groups::all(tx)) groups.emplace(group.id, std::move(group));
  return groups;
}

bool all_within(const Groups& groups, const User& actor, const std::vector<core::GroupId>& ids) {
  return std::all_of(ids.begin(), ids.end(), [&](const core::GroupId& id) {
    const auto group = groups.find(id);
    return group != groups.end() && actor.sees(group->second.path);
  });
}

bool manages(const Groups& groups, const User& actor, const User& user) {
  if (actor.is_operator()) return true;
  return actor.may_administer() && !user.is_operator() && !user.group_ids.empty() &&
         all_within(groups, actor, user.group_ids);
}

// What `user` has become must be something that the actor may make.
void check(pqxx::work& tx, const User& actor, const User& user, std::vector<FieldError>& errors) {
  check_email(user.email, errors);
  if (pg_people::email_taken(tx, user.email, user.id))
    errors.push_back({"email", "taken", "a user with this address exists"});
  if (user.is_operator() && !actor.is_operator())
    errors.push_back({"role", "not_allowed", "viewer, technician or admin is needed"});
  if (!all_within(groups_of(tx), actor, user.group_ids) || (user.group_ids.empty() && !user.is_operator()))
    errors.push_back({"groupIds", "unknown", "own groups are needed, at least one"});
}

void merge(User& user, const UserFields& fields) {
  if (fields.email) user.email = normalised_email(*fields.email);
  if (fields.name) user.name = *fields.name;
  if (fields.role) user.role = *fields.role;
  if (fields.tags) user.tags = *fields.tags;
  if (fields.group_ids) user.group_ids = *fields.group_ids;
}

void write_line(pqxx::work& tx, const User& actor, std::string act, const User& user, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor.id;
  entry.detail = {{"userId", user.id.str()}, {"role", to_string(user.role)}};
  pg_ledger::append(tx, {entry});
}

std::vector<FieldError> missing(const UserFields& fields) {
  std::vector<FieldError> errors;
  const auto need = [&](bool present, const char* field) {
    if (!present) errors.push_back({field, "required", "this field is needed"});
  };
  need(fields.email.has_value(), "email");
  need(fields.name.has_value(), "name");
  need(fields.password.has_value(), "password");
  need(fields.role.has_value(), "role");
  return errors;
}

core::Error wrong(std::vector<FieldError> errors) {
  return core::invalid("Some fields are not right.", std::move(errors));
}

}  // namespace

core::Result<std::vector<User>> list_users(const Context& context, const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<User>> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    auto users = pg_people::all(tx);
    const auto groups = groups_of(tx);
    std::erase_if(users, [&](const User& user) { return !manages(groups, *actor, user); });
    return users;
  });
}

core::Result<User> create_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor_id,
                               const UserFields& fields) {
  auto errors = missing(fields);
  if (fields.password) check_password(*fields.password, errors);
  if (!errors.empty()) return wrong(std::move(errors));
  const std::string hash = hasher.hash(*fields.password);
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<User> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    User user;
    user.id = core::UserId::random();
    merge(user, fields);
    std::vector<FieldError> refused;
    check(tx, *actor, user, refused);
    if (!refused.empty()) return wrong(std::move(refused));
    pg_people::insert(tx, user, hash, context.clock.now());
    write_line(tx, *actor, "user.created", user, context.clock.now());
    return user;
  });
}

core::Result<User> update_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor_id,
                               const core::UserId& id, const UserFields& fields) {
  std::vector<FieldError> errors;
  if (fields.password) check_password(*fields.password, errors);
  if (!errors.empty()) return wrong(std::move(errors));
  const std::string hash = fields.password ? hasher.hash(*fields.password) : "";
  return change(context, [&](pqxx::work& tx) -> core::Result<User> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    auto user = pg_people::find(tx, id);
    if (!user || !manages(groups_of(tx), *actor, *user)) return core::not_found();
    const bool was_operator = user->is_operator();
    merge(*user, fields);
    if (was_operator && !user->is_operator() && !pg_people::other_operator_exists(tx, id))
      return core::conflict("This is the last operator; make another one first.", "last_operator");
    std::vector<FieldError> refused;
    check(tx, *actor, *user, refused);
    if (!refused.empty()) return wrong(std::move(refused));
    pg_people::update(tx, *user);
    if (!hash.empty()) {
      pg_people::set_password(tx, id, hash);
      pg_people::remove_sessions_of(tx, id);
    }
    write_line(tx, *actor, "user.changed", *user, context.clock.now());
    events::user_changed(tx, id, "changed", context.clock.now());
    return *user;
  });
}

core::Result<core::Done> delete_user(const Context& context, const core::UserId& actor_id,
                                     const core::UserId& id) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    pg_people::lock(tx);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto user = pg_people::find(tx, id);
    if (!user || !manages(groups_of(tx), *actor, *user)) return core::not_found();
    if (id == actor_id) return core::conflict("Nobody can delete themselves.", "own_account");
    pg_people::remove(tx, id);
    write_line(tx, *actor, "user.deleted", *user, context.clock.now());
    events::user_changed(tx, id, "deleted", context.clock.now());
    return core::Done{};
  });
}

}  // namespace turnkey::registry
