// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_people.hpp"

#include "domain/tags.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_people {
namespace {

const std::string kSelect =
    "select u.id, u.email, u.name, u.role, u.tags, (select string_agg(group_id, ',' order by group_id) from "
    "user_groups g "
    "where g.user_id = u.id), (select " TURNKEY_ISO("p.not_after") " from passes p where p.user_id = u.id), "
    "u.password_hash from users u ";

User user_of(const pqxx::row& row) {
  User user;
  user.id = core::UserId::trusted(row[0].as<std::string>());
  user.email = row[1].as<std::string>();
  user.name = row[2].as<std::string>();
  user.role = role_from(row[3].as<std::string>()).value_or(Role::viewer);
  user.tags = tags_from_own_json(row[4].as<std::string>());
  user.group_ids = ids_of<core::GroupId>(row[5]);
  user.not_after = optional_time_of(row[6]);
  return user;
}

void write_groups(pqxx::work& tx, const User& user) {
  tx.exec_params("delete from user_groups where user_id = $1", user.id.str());
  tx.exec_params("insert into user_groups (user_id, group_id) select $1, unnest($2::text[])", user.id.str(),
                 array_literal(user.group_ids));
}

}  // namespace

std::optional<User> find(pqxx::work& tx, const core::UserId& id) {
  const auto rows = tx.exec_params(kSelect + "where u.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return user_of(rows[0]);
}

std::vector<User> find_all(pqxx::work& tx, const std::vector<core::UserId>& ids) {
  std::vector<User> users;
  for (const auto& row : tx.exec_params(kSelect + "where u.id = any($1::text[])", array_literal(ids)))
    users.push_back(user_of(row));
  return users;
}

void lock(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('users'))"); }

bool other_operator_exists(pqxx::work& tx, const core::UserId& than) {
  return !tx.exec_params(
                "select from users where role = 'operator' and password_hash <> '' and id <> $1 limit 1",
                than.str())
              .empty();
}

bool hash_stands(pqxx::work& tx, const core::UserId& id, const std::string& password_hash) {
  const auto rows = tx.exec_params("select password_hash from users where id = $1 for share", id.str());
  return !rows.empty() && rows[0][0].as<std::string>() == password_hash;
}

std::vector<User> list_managed(pqxx::work& tx, const User& actor, const Filter& filter) {
  std::vector<User> users;
  for (const auto& row : tx.exec_params(
           // As usecases/user_rights has it, asked of the tables.
           kSelect +
               "where not exists (select from passes p where p.user_id = u.id) and ($1 or (u.role <> "
               "'operator' "
               "and exists (select from user_groups g where g.user_id = u.id) and not exists (select from "
               "user_groups g join groups t on t.id = g.group_id where g.user_id = u.id and not t.path && "
               "$2::text[]))) and lower(u.email) > lower($3) and ($4 = '' or u.email ilike $4 or u.name "
               "ilike $4) "
               "order by lower(u.email) limit $5",
           actor.is_operator(), array_literal(actor.group_ids), filter.after_email,
           filter.q.empty() ? "" : like_pattern(filter.q), filter.limit))
    users.push_back(user_of(row));
  return users;
}

std::optional<WithHash> find_by_email(pqxx::work& tx, const std::string& email) {
  const auto rows = tx.exec_params(kSelect + "where lower(u.email) = lower($1)", email);
  if (rows.empty()) return std::nullopt;
  return WithHash{user_of(rows[0]), rows[0][7].as<std::string>()};
}

bool email_taken(pqxx::work& tx, const std::string& email, const core::UserId& by_other_than) {
  return !tx.exec_params("select from users where lower(email) = lower($1) and id <> $2", email,
                         by_other_than.str())
              .empty();
}

void insert(pqxx::work& tx, const User& user, const std::string& password_hash, core::Timestamp now) {
  tx.exec_params(
      "insert into users (id, email, name, password_hash, role, tags, created_at) values ($1, $2, $3, $4, "
      "$5, $6::jsonb, "
      "$7::timestamptz)",
      user.id.str(), user.email, user.name, password_hash, std::string(to_string(user.role)),
      to_json(user.tags).dump(), core::to_iso(now));
  write_groups(tx, user);
}

void update(pqxx::work& tx, const User& user) {
  tx.exec_params("update users set email = $2, name = $3, role = $4, tags = $5::jsonb where id = $1",
                 user.id.str(), user.email, user.name, std::string(to_string(user.role)),
                 to_json(user.tags).dump());
  write_groups(tx, user);
}

void set_password(pqxx::work& tx, const core::UserId& id, const std::string& password_hash) {
  tx.exec_params("update users set password_hash = $2 where id = $1", id.str(), password_hash);
}

void remove(pqxx::work& tx, const core::UserId& id) {
  tx.exec_params("delete from sign_in_failures where email = (select email from users where id = $1)",
                 id.str());
  tx.exec_params("delete from users where id = $1", id.str());
}

bool first_operator_made(pqxx::work& tx) { return !tx.exec("select from first_operator").empty(); }

bool claim_first_operator(pqxx::work& tx, core::Timestamp now) {
  return tx.exec_params(
               "insert into first_operator (made_at) values ($1::timestamptz) on conflict do nothing",
               core::to_iso(now))
             .affected_rows() == 1;
}

void insert_session(pqxx::work& tx, const std::string& token_hash_hex, const core::UserId& user,
                    core::Timestamp now, core::Timestamp expires_at) {
  tx.exec_params(
      "insert into sessions (token_hash, user_id, created_at, expires_at) values (decode($1, 'hex'), $2, "
      "$3::timestamptz, $4::timestamptz)",
      token_hash_hex, user.str(), core::to_iso(now), core::to_iso(expires_at));
}

std::optional<Session> find_session(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now) {
  const auto rows = tx.exec_params("select user_id, " TURNKEY_ISO("expires_at") ", " TURNKEY_ISO(
                                       "password_set_at") " from sessions where token_hash = decode($1, 'hex') "
                                                          "and expires_at > $2::timestamptz",
                                   token_hash_hex, core::to_iso(now));
  if (rows.empty()) return std::nullopt;
  return Session{core::UserId::trusted(rows[0][0].as<std::string>()), time_of(rows[0][1]),
                 optional_time_of(rows[0][2])};
}

std::optional<core::UserId> remove_session(pqxx::work& tx, const std::string& token_hash_hex) {
  const auto rows = tx.exec_params(
      "delete from sessions where token_hash = decode($1, 'hex') returning user_id", token_hash_hex);
  if (rows.empty()) return std::nullopt;
  return core::UserId::trusted(rows[0][0].as<std::string>());
}

void note_password_set(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now) {
  tx.exec_params("update sessions set password_set_at = $2::timestamptz where token_hash = decode($1, 'hex')",
                 token_hash_hex, core::to_iso(now));
}

void remove_sessions_of(pqxx::work& tx, const core::UserId& user) {
  tx.exec_params("delete from sessions where user_id = $1", user.str());
}

void remove_other_sessions_of(pqxx::work& tx, const core::UserId& user, const std::string& kept_hash_hex) {
  tx.exec_params("delete from sessions where user_id = $1 and token_hash <> decode($2, 'hex')", user.str(),
                 kept_hash_hex);
}

Failures failures(pqxx::work& tx, const std::string& email, const std::string& address,
                  core::Timestamp since) {
  const auto row = tx.exec_params1(
      "select count(*) filter (where email = $1 and address = $2), count(*) filter (where email = $1), "
      "count(*) filter (where address = $2) from sign_in_failures where at > $3::timestamptz and (email = $1 "
      "or address = $2)",
      email, address, core::to_iso(since));
  return {row[0].as<int>(), row[1].as<int>(), row[2].as<int>()};
}

void add_failure(pqxx::work& tx, const std::string& email, const std::string& address, core::Timestamp now) {
  tx.exec_params("insert into sign_in_failures (email, address, at) values ($1, $2, $3::timestamptz)", email,
                 address, core::to_iso(now));
}

void forget_failures(pqxx::work& tx, const std::string& email, const std::string& address) {
  tx.exec_params("delete from sign_in_failures where email = $1 and address = $2", email, address);
}

void sweep(pqxx::work& tx, core::Timestamp now, core::Timestamp failures_before) {
  tx.exec_params("delete from sessions where expires_at <= $1::timestamptz", core::to_iso(now));
  tx.exec_params("delete from sign_in_failures where at <= $1::timestamptz", core::to_iso(failures_before));
}

}  // namespace turnkey::registry::pg_people
