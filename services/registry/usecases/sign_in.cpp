// SPDX-License-Identifier: Apache-2.0
#include "usecases/sign_in.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_links.hpp"
#include "outbound/pg_passes.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_tokens.hpp"
#include "usecases/password_tries.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kSessionLife = std::chrono::hours(24 * 14);
constexpr auto kPassesNamed = std::chrono::hours(24 * 90);  // so long the ledger names passes that have ended

core::Error wrong_sign_in() { return core::unauthorized("The email or the password is not right."); }

core::Result<OpenSession> session_of_program(pqxx::work& tx, const std::string& token, core::Timestamp now) {
  const auto found = pg_tokens::use(tx, core::sha256_hex(token), now);
  if (!found) return core::unauthorized();
  auto user = pg_people::find(tx, found->user_id);
  if (!user) return core::unauthorized();
  return OpenSession{std::move(*user), found->expires_at, found->scopes};
}

}  // namespace

SignedIn open_session(pqxx::work& tx, User user, core::Timestamp now) {
  const core::Timestamp end =
      std::min<core::Timestamp>(now + kSessionLife, user.not_after.value_or(now + kSessionLife));
  SignedIn session{std::move(user), core::random_hex(32), end};
  pg_people::insert_session(tx, core::sha256_hex(session.session_token), session.user.id, now,
                            session.expires_at);
  return session;
}

core::Result<SignedIn> sign_in(const Context& context, PasswordHasher& hasher, const Credential& credential) {
  const std::string email = normalised_email(credential.email);
  const core::Timestamp now = context.clock.now();
  const auto looked_up =
      context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::optional<pg_people::WithHash>> {
        const auto admitted = password_tries::admit(tx, email, credential.remote_address, now);
        if (!admitted) return admitted.error();
        return pg_people::find_by_email(tx, email);
      });
  if (!looked_up) return looked_up.error();
  const auto& found = *looked_up;
  // Who has no password yet is told nothing else than who is not there, and as late.
  const bool has_password = found && !found->password_hash.empty();
  const bool right = has_password ? hasher.matches(found->password_hash, credential.password)
                                  : hasher.matches_nobody(credential.password);
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<SignedIn> {
    if (!right) {
      pg_people::add_failure(tx, email, credential.remote_address, now);
      return wrong_sign_in();
    }
    // The password may have been changed, or the user deleted, while it was compared: then the sessions have
    // been ended, and none may begin.
    if (!pg_people::hash_stands(tx, found->user.id, found->password_hash)) return wrong_sign_in();
    pg_people::forget_failures(tx, email, credential.remote_address);
    return open_session(tx, found->user, now);
  });
}

core::Result<core::Done> sign_out(const Context& context, const std::string& session_token) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto user = pg_people::remove_session(tx, core::sha256_hex(session_token));
    if (user) events::user_changed(tx, *user, "signed_out", context.clock.now());
    return core::Done{};
  });
}

core::Result<OpenSession> get_session(const Context& context, const std::string& token) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<OpenSession> {
    if (token.starts_with(kApiTokenPrefix)) return session_of_program(tx, token, context.clock.now());
    const auto session = pg_people::find_session(tx, core::sha256_hex(token), context.clock.now());
    if (!session) return core::unauthorized();
    auto user = pg_people::find(tx, session->user_id);
    if (!user) return core::unauthorized();
    return OpenSession{std::move(*user), session->expires_at};
  });
}

core::Result<User> create_first_operator(const Context& context, PasswordHasher& hasher,
                                         const std::string& right_token, const FirstOperator& wanted) {
  if (right_token.empty() ||
      !core::equal_in_constant_time(core::sha256_hex(right_token), core::sha256_hex(wanted.token)))
    return core::unauthorized("This token is not valid, or was used already.");
  std::vector<core::FieldError> errors;
  User user;
  user.id = core::UserId::random();
  user.email = normalised_email(wanted.email);
  user.name = wanted.name;
  user.role = Role::operator_;
  check_email(user.email, errors);
  check_password(wanted.password, errors);
  if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
  const std::string hash = hasher.hash(wanted.password);
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<User> {
    const core::Timestamp now = context.clock.now();
    pg_people::lock(tx);
    if (pg_people::email_taken(tx, user.email, user.id))
      return core::invalid("Some fields are not right.",
                           {{"email", "taken", "a user with this address exists"}});
    if (!pg_people::claim_first_operator(tx, now))
      return core::unauthorized("This token is not valid, or was used already.");
    pg_people::insert(tx, user, hash, now);
    LedgerEntry entry;
    entry.act = "user.first_operator";
    entry.at = now;
    entry.user_id = user.id;
    pg_ledger::append(tx, {entry});
    return user;
  });
}

void sweep_sign_ins(const Context& context) {
  const core::Timestamp now = context.clock.now();
  context.pool.transaction([&](pqxx::work& tx) {
    pg_people::sweep(tx, now, now - password_tries::kCount);
    pg_tokens::sweep(tx, now);
    pg_links::sweep(tx, now);
    pg_passes::remove_ended(tx, now - kPassesNamed);
  });
}

}  // namespace turnkey::registry
