// SPDX-License-Identifier: Apache-2.0
// Users, their sessions and their failed sign-ins in PostgreSQL. Every function works in the caller's
// transaction.
#pragma once

#include <chrono>
#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/user.hpp"

namespace turnkey::registry::pg_people {

// Held until the end of the transaction: one change of users at a time, so that none is lost, no address is
// given twice and the last operator stays. Take it before anything else is locked.
void lock(pqxx::work& tx);
std::optional<User> find(pqxx::work& tx, const core::UserId& id);
std::vector<User> find_all(pqxx::work& tx, const std::vector<core::UserId>& ids);  // those that are there
// One who can sign in: who was invited and has not come yet is none.
bool other_operator_exists(pqxx::work& tx, const core::UserId& than);
// Is it still the user's password hash? The user's row is locked against changes until the end.
bool hash_stands(pqxx::work& tx, const core::UserId& id, const std::string& password_hash);
struct Filter {
  std::string q{};  // part of name or email
  std::string after_email{};
  int limit = 200;
};
// Those whom the actor administers, by email.
std::vector<User> list_managed(pqxx::work& tx, const User& actor, const Filter& filter);
struct WithHash {
  User user;
  std::string password_hash;
};
std::optional<WithHash> find_by_email(pqxx::work& tx, const std::string& email);
bool email_taken(pqxx::work& tx, const std::string& email, const core::UserId& by_other_than);
void insert(pqxx::work& tx, const User& user, const std::string& password_hash, core::Timestamp now);
void update(pqxx::work& tx, const User& user);  // name, email, role, tags, groups
void set_password(pqxx::work& tx, const core::UserId& id, const std::string& password_hash);
void remove(pqxx::work& tx, const core::UserId& id);

bool first_operator_made(pqxx::work& tx);
// True once: the first operator may be made.
bool claim_first_operator(pqxx::work& tx, core::Timestamp now);

struct Session {
  core::UserId user_id;
  core::Timestamp expires_at;
  std::optional<core::Timestamp> password_set_at{};  // when it set its user's password last
};
void insert_session(pqxx::work& tx, const std::string& token_hash_hex, const core::UserId& user,
                    core::Timestamp now, core::Timestamp expires_at);
std::optional<Session> find_session(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now);
std::optional<core::UserId> remove_session(pqxx::work& tx, const std::string& token_hash_hex);
void note_password_set(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now);
void remove_sessions_of(pqxx::work& tx, const core::UserId& user);
void remove_other_sessions_of(pqxx::work& tx, const core::UserId& user, const std::string& kept_hash_hex);

struct Failures {
  int here = 0;     // for this email from this address
  int email = 0;    // for this email from anywhere
  int address = 0;  // from this address for any email
};
Failures failures(pqxx::work& tx, const std::string& email, const std::string& address,
                  core::Timestamp since);
void add_failure(pqxx::work& tx, const std::string& email, const std::string& address, core::Timestamp now);
void forget_failures(pqxx::work& tx, const std::string& email, const std::string& address);
// Sessions that ended and failures that no longer count.
void sweep(pqxx::work& tx, core::Timestamp now, core::Timestamp failures_before);

}  // namespace turnkey::registry::pg_people
