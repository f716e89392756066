// SPDX-License-Identifier: Apache-2.0
#include "usecases/one_time_links.hpp"

#include "core/hash.hpp"
#include "core/random.hpp"
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

constexpr const char* kFailuresOf = "one-time link";  // among the failed sign-ins; no address is written so
constexpr int kMostFailures = 30;                     // of one address in a quarter of an hour
constexpr auto kFailuresCount = std::chrono::minutes(15);
constexpr auto kWait = std::chrono::seconds(60);

core::Error no_such_link() {
  return core::unauthorized("This link is not valid, or not any more. Ask for a new one.");
}

bool is_first_operator(pqxx::work& tx, const std::string& right_token, const std::string& token) {
  return !right_token.empty() &&
         core::equal_in_constant_time(core::sha256_hex(right_token), core::sha256_hex(token)) &&
         !pg_people::first_operator_made(tx);
}

// A link gives no more than who made it could give now.
bool still_given(pqxx::work& tx, const OneTimeLink& link, const User& user) {
  if (link.kind == LinkKind::pass) return user.is_pass();
  const auto maker = pg_people::find(tx, link.created_by);
  return maker && manages(groups_of(tx), *maker, user);
}

std::optional<LinkView> usable(pqxx::work& tx, const Context& context, const std::string& right_token,
                               const std::string& token) {
  if (is_first_operator(tx, right_token, token)) return LinkView{};
  const auto link = pg_links::find(tx, core::sha256_hex(token), context.clock.now());
  if (!link) return std::nullopt;
  auto user = pg_people::find(tx, link->user_id);
  if (!user || !still_given(tx, *link, *user)) return std::nullopt;
  LinkView view{link->kind, std::move(user), link->expires_at, ""};
  if (link->kind == LinkKind::pass && !view.user->group_ids.empty())
    if (const auto group = pg_groups::find(tx, view.user->group_ids[0])) view.group_name = group->name;
  return view;
}

void check_field(const std::optional<std::string>& value, bool needed, bool allowed, const char* name,
                 std::vector<FieldError>& errors) {
  if (needed && !value) errors.push_back({name, "required", "this field is needed"});
  if (!allowed && value) errors.push_back({name, "unknown_field", "this field does not belong to this link"});
}

std::vector<FieldError> field_errors(const Redemption& wanted, LinkKind kind) {
  const bool first = kind == LinkKind::first_operator;
  std::vector<FieldError> errors;
  check_field(wanted.password, kind != LinkKind::pass, kind != LinkKind::pass, "password", errors);
  check_field(wanted.name, first, first || kind == LinkKind::invitation, "name", errors);
  check_field(wanted.email, first, first, "email", errors);
  if (wanted.password && kind != LinkKind::pass) check_password(*wanted.password, errors);
  return errors;
}

// The new password is the user's only key from now on: other links, sessions and tokens end.
void take_password(pqxx::work& tx, const User& user, const std::string& hash, core::Timestamp now) {
  pg_people::update(tx, user);
  pg_people::set_password(tx, user.id, hash);
  pg_people::remove_sessions_of(tx, user.id);
  pg_tokens::remove_all_of(tx, user.id);
  pg_links::void_of(tx, user.id);
  events::user_changed(tx, user.id, "changed", now);
}

const char* act_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::invitation:
      return "user.joined";
    case LinkKind::password_reset:
      return "user.password_reset";
    case LinkKind::first_operator:
      return "user.first_operator";
    case LinkKind::pass:
      return "pass.used";
  }
  return "";
}

core::Result<SignedIn> make_first_operator(const Context& context, PasswordHasher& hasher,
                                           const std::string& right_token, const Redemption& wanted) {
  const auto user = create_first_operator(context, hasher, right_token,
                                          {wanted.link.token, *wanted.email, *wanted.name, *wanted.password});
  if (!user) return user.error();
  return context.pool.transaction(
      [&](pqxx::work& tx) { return open_session(tx, *user, context.clock.now()); });
}

}  // namespace

MadeLink make_link(pqxx::work& tx, const Context& context, const OneTimeLink& link) {
  const std::string token = core::random_hex(32);
  pg_links::insert(tx, link, core::sha256_hex(token), context.clock.now());
  return {"https://" + context.label_host + "/welcome#" + token, link.expires_at};
}

core::Result<LinkView> check_link(const Context& context, const std::string& first_operator_token,
                                  const ShownLink& shown) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<LinkView> {
    auto view = usable(tx, context, first_operator_token, shown.token);
    if (view) return std::move(*view);
    const core::Timestamp now = context.clock.now();
    if (pg_people::failures(tx, kFailuresOf, shown.remote_address, now - kFailuresCount).here >=
        kMostFailures)
      return core::throttled("Too many links that are not valid. Wait a minute, then try again.", kWait);
    pg_people::add_failure(tx, kFailuresOf, shown.remote_address, now);
    return no_such_link();
  });
}

core::Result<SignedIn> redeem_link(const Context& context, PasswordHasher& hasher,
                                   const std::string& first_operator_token, const Redemption& wanted) {
  const auto view = check_link(context, first_operator_token, wanted.link);
  if (!view) return view.error();
  auto errors = field_errors(wanted, view->kind);
  if (!errors.empty()) return wrong_fields(std::move(errors));
  if (view->kind == LinkKind::first_operator)
    return make_first_operator(context, hasher, first_operator_token, wanted);
  const std::string hash = wanted.password ? hasher.hash(*wanted.password) : "";
  return change(context, [&](pqxx::work& tx) -> core::Result<SignedIn> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    // It may have been used meanwhile: one wins.
    auto link = usable(tx, context, first_operator_token, wanted.link.token);
    if (!link || !link->user) return no_such_link();
    const core::Timestamp now = context.clock.now();
    User user = std::move(*link->user);
    if (wanted.name) user.name = *wanted.name;
    if (link->kind != LinkKind::pass) {
      pg_links::mark_used(tx, core::sha256_hex(wanted.link.token), now);
      take_password(tx, user, hash, now);
    }
    auto session = open_session(tx, user, now);
    pg_ledger::append(tx, {line_about(groups_of(tx), user.id, act_of(link->kind), user, now)});
    return session;
  });
}

}  // namespace turnkey::registry
