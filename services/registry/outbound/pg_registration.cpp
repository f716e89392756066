// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_registration.hpp"

#include <pqxx/result>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_registration {
namespace {

const std::string kSelectKey = "select kid, public_pem, encode(private_sealed, 'hex'), " TURNKEY_ISO("created_at") " from registration_keys where "
                               "revoked_at is null ";

Key key_of(const pqxx::row& row) {
  return {RegistrationKeyId::trusted(row[0].as<std::string>()), row[1].as<std::string>(),
          core::from_hex(text_or_empty(row[2])).value_or(""), time_of(row[3])};
}

const std::string kSelectToken = "select t.id, t.kid, t.recipe_id, t.name, t.serial_pattern, t.uses, t.used, " TURNKEY_ISO("t.created_at") ", " TURNKEY_ISO("t.expires_at") ", " TURNKEY_ISO(
    "least(t.revoked_at, k.revoked_at)") " from registration_tokens t join registration_keys k on k.kid = t.kid ";

Token token_of(const pqxx::row& row) {
  Token token;
  token.id = RegistrationTokenId::trusted(row[0].as<std::string>());
  token.key_id = RegistrationKeyId::trusted(row[1].as<std::string>());
  token.recipe_id = core::RecipeId::trusted(row[2].as<std::string>());
  token.name = row[3].as<std::string>();
  token.serial_pattern = row[4].as<std::string>();
  token.uses = row[5].as<int>();
  token.used = row[6].as<int>();
  token.created_at = time_of(row[7]);
  token.expires_at = time_of(row[8]);
  token.revoked_at = optional_time_of(row[9]);
  return token;
}

}  // namespace

void lock_keys(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('registration keys'))"); }

std::vector<Key> keys(pqxx::work& tx) {
  std::vector<Key> found;
  for (const auto& row : tx.exec(kSelectKey + "order by created_at desc, kid")) found.push_back(key_of(row));
  return found;
}

std::optional<Key> active_key(pqxx::work& tx) {
  const auto rows = tx.exec(kSelectKey + "and retired_at is null");
  if (rows.empty()) return std::nullopt;
  return key_of(rows[0]);
}

std::optional<std::string> public_key(pqxx::work& tx, const RegistrationKeyId& id) {
  const auto rows = tx.exec_params(kSelectKey + "and kid = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return key_of(rows[0]).public_pem;
}

void insert_key(pqxx::work& tx, const Key& key) {
  tx.exec_params(
      "insert into registration_keys (kid, public_pem, private_sealed, created_at) values ($1, $2, "
      "decode($3, 'hex'), $4::timestamptz)",
      key.id.str(), key.public_pem, core::to_hex(key.private_sealed), core::to_iso(key.created_at));
}

void retire_keys(pqxx::work& tx, core::Timestamp now) {
  tx.exec_params(
      "update registration_keys set retired_at = $1::timestamptz, private_sealed = null "
      "where retired_at is null and revoked_at is null",
      core::to_iso(now));
}

bool revoke_key(pqxx::work& tx, const RegistrationKeyId& id, core::Timestamp now) {
  return tx.exec_params(
               "update registration_keys set revoked_at = coalesce(revoked_at, $2::timestamptz), "
               "private_sealed = null where kid = $1",
               id.str(), core::to_iso(now))
             .affected_rows() == 1;
}

void insert_token(pqxx::work& tx, const Token& token) {
  tx.exec_params(
      "insert into registration_tokens (id, kid, recipe_id, name, serial_pattern, uses, created_at, "
      "expires_at) values ($1, $2, $3, $4, $5, $6, $7::timestamptz, $8::timestamptz)",
      token.id.str(), token.key_id.str(), token.recipe_id.str(), token.name, token.serial_pattern, token.uses,
      core::to_iso(token.created_at), core::to_iso(token.expires_at));
}

std::vector<Token> tokens(pqxx::work& tx, const core::RecipeId& recipe) {
  std::vector<Token> found;
  for (const auto& row : tx.exec_params(
           kSelectToken + "where t.recipe_id = $1 order by t.created_at desc, t.id limit 1000", recipe.str()))
    found.push_back(token_of(row));
  return found;
}

std::optional<Token> find_token(pqxx::work& tx, const RegistrationTokenId& id) {
  const auto rows = tx.exec_params(kSelectToken + "where t.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return token_of(rows[0]);
}

void lock_token(pqxx::work& tx, const RegistrationTokenId& id) {
  tx.exec_params(
      "select from registration_tokens t join registration_keys k on k.kid = t.kid where t.id = $1 "
      "for update of t for share of k",
      id.str());
}

bool revoke_token(pqxx::work& tx, const RegistrationTokenId& id, core::Timestamp now) {
  return tx.exec_params(
               "update registration_tokens set revoked_at = coalesce(revoked_at, $2::timestamptz) where id = "
               "$1",
               id.str(), core::to_iso(now))
             .affected_rows() == 1;
}

void count_use(pqxx::work& tx, const RegistrationTokenId& id) {
  tx.exec_params("update registration_tokens set used = used + 1 where id = $1", id.str());
}

std::optional<Registration> registration_of(pqxx::work& tx, const core::DeviceId& device) {
  const auto rows = tx.exec_params(
      "select r.token_id, encode(r.nonce_hash, 'hex'), r.access_key, " TURNKEY_ISO("r.registered_at") " from self_registrations r "
      "join broker_credentials c on c.access_key = r.access_key and not c.revoked where r.device_id = $1",
      device.str());
  if (rows.empty()) return std::nullopt;
  return Registration{RegistrationTokenId::trusted(rows[0][0].as<std::string>()),
                      rows[0][1].as<std::string>(), rows[0][2].as<std::string>(), time_of(rows[0][3])};
}

void write_registration(pqxx::work& tx, const core::DeviceId& device, const Registration& registration) {
  tx.exec_params(
      "insert into self_registrations (device_id, token_id, nonce_hash, access_key, registered_at) values "
      "($1, $2, decode($3, 'hex'), $4, $5::timestamptz) on conflict (device_id) do update set access_key = "
      "excluded.access_key",
      device.str(), registration.token_id.str(), registration.nonce_hash_hex, registration.access_key,
      core::to_iso(registration.registered_at));
}

int failures(pqxx::work& tx, const std::string& address, core::Timestamp since) {
  return tx
      .exec_params1("select count(*) from registration_failures where address = $1 and at > $2::timestamptz",
                    address, core::to_iso(since))[0]
      .as<int>();
}

void add_failure(pqxx::work& tx, const std::string& address, core::Timestamp now) {
  tx.exec_params("insert into registration_failures (address, at) values ($1, $2::timestamptz)", address,
                 core::to_iso(now));
}

void sweep(pqxx::work& tx, core::Timestamp failures_before, core::Timestamp registrations_before) {
  tx.exec_params("delete from registration_failures where at <= $1::timestamptz",
                 core::to_iso(failures_before));
  tx.exec_params("delete from self_registrations where registered_at < $1::timestamptz",
                 core::to_iso(registrations_before));
}

}  // namespace turnkey::registry::pg_registration
