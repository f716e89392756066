// SPDX-License-Identifier: Apache-2.0
// Registration keys and tokens, and what devices did with them, in PostgreSQL. Every function works in the
// caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/registration_token.hpp"

namespace turnkey::registry::pg_registration {

struct Key {
  RegistrationKeyId id;
  std::string public_pem;
  std::string private_sealed;  // bytes; "" when it signs no more
  core::Timestamp created_at;
  bool active() const { return !private_sealed.empty(); }
};
// Held until the end of the transaction: one change of keys at a time. Take it before anything else.
void lock_keys(pqxx::work& tx);
std::vector<Key> keys(pqxx::work& tx);  // that verify, newest first
std::optional<Key> active_key(pqxx::work& tx);
std::optional<std::string> public_key(pqxx::work& tx, const RegistrationKeyId& id);  // if it verifies
void insert_key(pqxx::work& tx, const Key& key);
void retire_keys(pqxx::work& tx, core::Timestamp now);  // the one that is active
// Both are false when there is none; again changes nothing.
bool revoke_key(pqxx::work& tx, const RegistrationKeyId& id, core::Timestamp now);
bool revoke_token(pqxx::work& tx, const RegistrationTokenId& id, core::Timestamp now);

struct Token {
  RegistrationTokenId id;
  RegistrationKeyId key_id;
  core::RecipeId recipe_id;
  std::string name;
  std::string serial_pattern;
  int uses = 0;
  int used = 0;
  core::Timestamp created_at;
  core::Timestamp expires_at;
  std::optional<core::Timestamp> revoked_at{};  // its own or its key's, whichever was first
};
void insert_token(pqxx::work& tx, const Token& token);
std::vector<Token> tokens(pqxx::work& tx, const core::RecipeId& recipe);  // the newest thousand, newest first
std::optional<Token> find_token(pqxx::work& tx, const RegistrationTokenId& id);
// Held until the end of the transaction: one registration with it at a time, and neither it nor its key is
// revoked meanwhile.
void lock_token(pqxx::work& tx, const RegistrationTokenId& id);
void count_use(pqxx::work& tx, const RegistrationTokenId& id);

struct Registration {
  RegistrationTokenId token_id;
  std::string nonce_hash_hex;
  std::string access_key;
  core::Timestamp registered_at;
};
// Nothing, too, when the device's credentials are not those of its registration any more.
std::optional<Registration> registration_of(pqxx::work& tx, const core::DeviceId& device);
void write_registration(pqxx::work& tx, const core::DeviceId& device, const Registration& registration);

int failures(pqxx::work& tx, const std::string& address, core::Timestamp since);
void add_failure(pqxx::work& tx, const std::string& address, core::Timestamp now);
// Failures that no longer count, and registrations whose reply is not asked for again.
void sweep(pqxx::work& tx, core::Timestamp failures_before, core::Timestamp registrations_before);

}  // namespace turnkey::registry::pg_registration
