// SPDX-License-Identifier: Apache-2.0
#include "usecases/invite_users.hpp"

#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_links.hpp"
#include "outbound/pg_people.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kInvitationLife = std::chrono::hours(24 * 7);
constexpr auto kResetLife = std::chrono::hours(24);

std::vector<core::FieldError> missing(const UserFields& fields) {
  std::vector<core::FieldError> errors;
  const auto need = [&](bool present, const char* field) {
    if (!present) errors.push_back({field, "required", "this field is needed"});
  };
  need(fields.email.has_value(), "email");
  need(fields.name.has_value(), "name");
  need(fields.role.has_value(), "role");
  if (fields.password) errors.push_back({"password", "unknown_field", "who is invited chooses it"});
  return errors;
}

// Somebody with this address who was invited and has not come yet.
std::optional<User> awaited(pqxx::work& tx, const User& actor, const std::string& email) {
  auto known = pg_people::find_by_email(tx, normalised_email(email));
  if (!known || !known->password_hash.empty() || !manages(groups_of(tx), actor, known->user))
    return std::nullopt;
  return std::move(known->user);
}

}  // namespace

core::Result<Invited> invite_user(const Context& context, const core::UserId& actor_id,
                                  const UserFields& fields) {
  auto errors = missing(fields);
  if (!errors.empty()) return wrong_fields(std::move(errors));
  return change(context, [&](pqxx::work& tx) -> core::Result<Invited> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    const auto before = awaited(tx, *actor, *fields.email);
    User user = before.value_or(User{});
    if (!before) user.id = core::UserId::random();
    merge(user, fields);
    std::vector<core::FieldError> refused;
    check_made_user(tx, *actor, user, refused);
    if (!refused.empty()) return wrong_fields(std::move(refused));
    const core::Timestamp now = context.clock.now();
    if (before) {
      pg_people::update(tx, user);
      pg_links::void_of(tx, user.id);
    } else {
      pg_people::insert(tx, user, "", now);
    }
    const auto link =
        make_link(tx, context, {LinkKind::invitation, user.id, actor_id, now + kInvitationLife});
    pg_ledger::append(tx, {line_about(groups_of(tx), actor_id, "user.invited", user, now)});
    return Invited{user, link};
  });
}

core::Result<MadeLink> reset_password(const Context& context, const core::UserId& actor_id,
                                      const core::UserId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<MadeLink> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto user = pg_people::find(tx, id);
    const auto groups = groups_of(tx);
    if (!user || !manages(groups, *actor, *user)) return core::not_found();
    const core::Timestamp now = context.clock.now();
    pg_links::void_of(tx, id);  // one link at a time
    const auto link = make_link(tx, context, {LinkKind::password_reset, id, actor_id, now + kResetLife});
    pg_ledger::append(tx, {line_about(groups, actor_id, "user.reset_link_made", *user, now)});
    return link;
  });
}

}  // namespace turnkey::registry
