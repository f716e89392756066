// SPDX-License-Identifier: Apache-2.0
#include "usecases/administer_users.hpp"

#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_links.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_tokens.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

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

}  // namespace

void merge(User& user, const UserFields& fields) {
  if (fields.email) user.email = normalised_email(*fields.email);
  if (fields.name) user.name = *fields.name;
  if (fields.role) user.role = *fields.role;
  if (fields.tags) user.tags = *fields.tags;
  if (fields.group_ids) user.group_ids = *fields.group_ids;
}

core::Result<UserPage> list_users(const Context& context, const core::UserId& actor_id,
                                  pg_people::Filter filter) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<UserPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    pg_people::Filter wanted = filter;
    ++wanted.limit;  // one more tells whether there is a next page
    UserPage page{pg_people::list_managed(tx, *actor, wanted), std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(filter.limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().email;
    }
    return page;
  });
}

core::Result<User> create_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor_id,
                               const UserFields& fields) {
  auto errors = missing(fields);
  if (fields.password) check_password(*fields.password, errors);
  if (!errors.empty()) return wrong_fields(std::move(errors));
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
    check_made_user(tx, *actor, user, refused);
    if (!refused.empty()) return wrong_fields(std::move(refused));
    pg_people::insert(tx, user, hash, context.clock.now());
    pg_ledger::append(tx, {line_about(groups_of(tx), actor_id, "user.created", user, context.clock.now())});
    return user;
  });
}

core::Result<User> update_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor_id,
                               const core::UserId& id, const UserFields& fields) {
  std::vector<FieldError> errors;
  if (fields.password) check_password(*fields.password, errors);
  if (!errors.empty()) return wrong_fields(std::move(errors));
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
    check_made_user(tx, *actor, *user, refused);
    if (!refused.empty()) return wrong_fields(std::move(refused));
    pg_people::update(tx, *user);
    if (!hash.empty()) {
      pg_people::set_password(tx, id, hash);
      pg_people::remove_sessions_of(tx, id);
      pg_tokens::remove_all_of(tx, id);
      pg_links::void_of(tx, id);
    }
    events::user_changed(tx, id, "changed", context.clock.now());
    pg_ledger::append(tx, {line_about(groups_of(tx), actor_id, "user.changed", *user, context.clock.now())});
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
    events::user_changed(tx, id, "deleted", context.clock.now());
    pg_ledger::append(tx, {line_about(groups_of(tx), actor_id, "user.deleted", *user, context.clock.now())});
    return core::Done{};
  });
}

core::Result<core::Done> sign_out_user(const Context& context, const core::UserId& actor_id,
                                       const core::UserId& id) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    pg_people::lock(tx);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto user = pg_people::find(tx, id);
    const auto groups = groups_of(tx);
    if (!user || (id != actor_id && !manages(groups, *actor, *user))) return core::not_found();
    pg_people::remove_sessions_of(tx, id);
    pg_tokens::remove_all_of(tx, id);
    events::user_changed(tx, id, "signed_out", context.clock.now());
    pg_ledger::append(tx, {line_about(groups, actor_id, "user.signed_out", *user, context.clock.now())});
    return core::Done{};
  });
}

}  // namespace turnkey::registry
