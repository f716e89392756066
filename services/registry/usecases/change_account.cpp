// SPDX-License-Identifier: Apache-2.0
#include "usecases/change_account.hpp"

#include "core/hash.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_links.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_tokens.hpp"
#include "usecases/password_tries.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

core::Error wrong_current() {
  return wrong_fields({{"password.current", "wrong", "this is not your password"}});
}

std::vector<FieldError> field_errors(const AccountChange& wanted) {
  std::vector<FieldError> errors;
  if (!wanted.name && !wanted.password)
    errors.push_back({"name", "required", "a name or a password is needed"});
  if (wanted.password) check_password(wanted.password->wanted, errors);
  for (auto& error : errors)
    if (error.field == "password") error.field = "password.new";
  return errors;
}

// For so long the session that set the password may send the same change again, because its answer was lost.
constexpr auto kAnsweredAgain = std::chrono::minutes(10);

struct Here {
  User user;
  bool set_password = false;  // in this session, a moment ago
};

core::Result<Here> here_by_session(pqxx::work& tx, const std::string& token, core::Timestamp now) {
  const auto session = pg_people::find_session(tx, core::sha256_hex(token), now);
  if (!session) return core::unauthorized();
  auto user = load_actor(tx, session->user_id);
  if (!user) return user.error();
  if (user->is_pass())
    return core::conflict("A pass has no password, and keeps the name that it was given.", "not_for_passes");
  const auto& set_at = session->password_set_at;
  return Here{std::move(*user), set_at && now < *set_at + kAnsweredAgain};
}

struct Proven {
  std::string hash;           // of the password that the user has
  bool changed_then = false;  // it is the new one already: the request came before, and its answer was lost
};

// What to compare with, if there may be one more try.
struct Question {
  std::string email;
  std::string hash;
  bool may_be_again = false;
};

core::Result<Question> question(pqxx::work& tx, const AccountChange& wanted, core::Timestamp now) {
  const auto here = here_by_session(tx, wanted.session_token, now);
  if (!here) return here.error();
  const auto admitted = password_tries::admit(tx, here->user.email, wanted.remote_address, now);
  if (!admitted) return admitted.error();
  const auto known = pg_people::find_by_email(tx, here->user.email);
  if (!known) return core::unauthorized();
  return Question{known->user.email, known->password_hash, here->set_password};
}

// Once the user has proven that they know the password. The new one is compared only where this session set
// it: for all others it would be a second guess in one try.
core::Result<Proven> prove_password(const Context& context, PasswordHasher& hasher,
                                    const AccountChange& wanted) {
  const core::Timestamp now = context.clock.now();
  const auto asked = context.pool.transaction(
      [&](pqxx::work& tx) -> core::Result<Question> { return question(tx, wanted, now); });
  if (!asked) return asked.error();
  const bool current = hasher.matches(asked->hash, wanted.password->current);
  const bool changed_then =
      !current && asked->may_be_again && hasher.matches(asked->hash, wanted.password->wanted);
  const bool right = current || changed_then;
  context.pool.transaction([&](pqxx::work& tx) {
    right ? pg_people::forget_failures(tx, asked->email, wanted.remote_address)
          : pg_people::add_failure(tx, asked->email, wanted.remote_address, now);
  });
  if (!right) return wrong_current();
  return Proven{asked->hash, changed_then};
}

// Whoever else is signed in as this user may not be this user.
void take_password(pqxx::work& tx, const core::UserId& id, const std::string& hash,
                   const std::string& session_token, core::Timestamp now) {
  const std::string session = core::sha256_hex(session_token);
  pg_people::set_password(tx, id, hash);
  pg_people::note_password_set(tx, session, now);
  pg_people::remove_other_sessions_of(tx, id, session);
  pg_tokens::remove_all_of(tx, id);
  pg_links::void_of(tx, id);
}

// Nothing when the password changed while the hashes were computed.
core::Result<std::optional<User>> attempt(const Context& context, PasswordHasher& hasher,
                                          const AccountChange& wanted) {
  core::Result<Proven> proven = Proven{};
  if (wanted.password) proven = prove_password(context, hasher, wanted);
  if (!proven) return proven.error();
  const bool to_change = wanted.password && !proven->changed_then;
  const std::string hash = to_change ? hasher.hash(wanted.password->wanted) : "";
  return change(context, [&](pqxx::work& tx) -> core::Result<std::optional<User>> {
    pg_people::lock(tx);
    pg_groups::lock_tree(tx, false);
    const core::Timestamp now = context.clock.now();
    auto here = here_by_session(tx, wanted.session_token, now);  // it may have been ended meanwhile
    if (!here) return here.error();
    User& user = here->user;
    if (wanted.password && !pg_people::hash_stands(tx, user.id, proven->hash)) return std::nullopt;
    if (proven->changed_then && wanted.name.value_or(user.name) == user.name) return user;
    if (wanted.name) user.name = *wanted.name;
    pg_people::update(tx, user);
    if (to_change) take_password(tx, user.id, hash, wanted.session_token, now);
    events::user_changed(tx, user.id, "changed", now);
    const char* act = to_change ? "user.password_changed" : "user.changed";
    pg_ledger::append(tx, {line_about(groups_of(tx), user.id, act, user, now)});
    return user;
  });
}

}  // namespace

core::Result<User> change_account(const Context& context, PasswordHasher& hasher,
                                  const AccountChange& wanted) {
  auto errors = field_errors(wanted);
  if (!errors.empty()) return wrong_fields(std::move(errors));
  auto done = attempt(context, hasher, wanted);
  // Perhaps by this very request, that came twice at once.
  if (done && !*done) done = attempt(context, hasher, wanted);
  if (!done) return done.error();
  if (!*done) return wrong_current();
  return std::move(**done);
}

}  // namespace turnkey::registry
