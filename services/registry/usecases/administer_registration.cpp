// SPDX-License-Identifier: Apache-2.0
#include "usecases/administer_registration.hpp"

#include "domain/registration_token.hpp"
#include "domain/serial_pattern.hpp"
#include "outbound/es256.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

using pg_registration::Key;
using pg_registration::Token;

core::Result<User> load_operator(pqxx::work& tx, const core::UserId& id) {
  auto actor = load_actor(tx, id);
  if (actor && !actor->is_operator()) return core::not_found();
  return actor;
}

LedgerEntry line(const User& actor, std::string act, contracts::Json detail, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor.id;
  entry.detail = std::move(detail);
  return entry;
}

Key make_key(pqxx::work& tx, const Sealer& sealer, core::Timestamp now) {
  const auto pair = es256::make_keys();
  Key key;
  key.id = RegistrationKeyId::random();
  key.public_pem = pair.public_pem;
  key.private_sealed = sealer.seal(pair.private_pem, key.id.str());
  key.created_at = now;
  pg_registration::insert_key(tx, key);
  return key;
}

// PostgreSQL and the token must say the same, and a token counts seconds.
Token token_of(const NewRegistrationToken& wanted, const Key& key, core::Timestamp now) {
  Token token;
  token.id = RegistrationTokenId::random();
  token.key_id = key.id;
  token.recipe_id = wanted.recipe_id;
  token.name = wanted.name;
  token.uses = wanted.uses;
  token.created_at = std::chrono::floor<std::chrono::seconds>(now);
  token.expires_at = token.created_at + wanted.lifetime;
  return token;
}

std::int64_t seconds_of(core::Timestamp time) { return core::to_epoch_ms(time) / 1000; }

std::string jwt_of(const Token& token, const std::string& private_pem) {
  const TokenClaims claims{token.key_id, token.id, token.recipe_id, seconds_of(token.created_at),
                           seconds_of(token.expires_at)};
  const std::string text = unsigned_token(claims);
  return signed_token(text, es256::sign(private_pem, text));
}

core::Error seal_key_changed() {
  return core::conflict("The key that signs tokens was sealed with another seal key. Rotate the keys.",
                        "seal_key_changed");
}

}  // namespace

core::Result<IssuedToken> create_registration_token(const Context& context, const Sealer& sealer,
                                                    const core::UserId& actor_id,
                                                    const NewRegistrationToken& wanted) {
  const auto pattern = SerialPattern::parse(wanted.serial_pattern);
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<IssuedToken> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    if (!pg_recipes::find(tx, wanted.recipe_id)) return core::not_found();
    if (!pattern)
      return core::invalid(
          "Some fields are not right.",
          {{"serialPattern", "malformed",
            "1 to 64 letters, digits, '.', '_' and '-' are needed, with '*' and '?' for any"}});
    pg_registration::lock_keys(tx);
    const core::Timestamp now = context.clock.now();
    const auto active = pg_registration::active_key(tx);
    const Key key = active ? *active : make_key(tx, sealer, now);
    const auto private_pem = sealer.open(key.private_sealed, key.id.str());
    if (!private_pem) return seal_key_changed();
    IssuedToken issued{token_of(wanted, key, now), ""};
    issued.token.serial_pattern = pattern->str();
    issued.jwt = jwt_of(issued.token, *private_pem);
    pg_registration::insert_token(tx, issued.token);
    pg_ledger::append(tx, {line(*actor, "registration_token.created",
                                {{"tokenId", issued.token.id.str()},
                                 {"kid", key.id.str()},
                                 {"recipeId", wanted.recipe_id.str()},
                                 {"name", wanted.name},
                                 {"uses", wanted.uses},
                                 {"serialPattern", pattern->str()},
                                 {"expiresAt", core::to_iso(issued.token.expires_at)}},
                                now)});
    return issued;
  });
}

core::Result<std::vector<Token>> list_registration_tokens(const Context& context,
                                                          const core::UserId& actor_id,
                                                          const core::RecipeId& recipe) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<Token>> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    if (!pg_recipes::find(tx, recipe)) return core::not_found();
    return pg_registration::tokens(tx, recipe);
  });
}

core::Result<core::Done> revoke_registration_token(const Context& context, const core::UserId& actor_id,
                                                   const RegistrationTokenId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    const core::Timestamp now = context.clock.now();
    if (!pg_registration::revoke_token(tx, id, now)) return core::not_found();
    auto entry = line(*actor, "registration_token.revoked", {{"tokenId", id.str()}}, now);
    entry.idempotency_key = "registration_token.revoked/" + id.str();
    pg_ledger::append(tx, {entry});
    return core::Done{};
  });
}

core::Result<std::vector<Key>> list_registration_keys(const Context& context, const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<Key>> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    return pg_registration::keys(tx);
  });
}

core::Result<Key> rotate_registration_key(const Context& context, const Sealer& sealer,
                                          const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Key> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    pg_registration::lock_keys(tx);
    const core::Timestamp now = context.clock.now();
    pg_registration::retire_keys(tx, now);
    Key key = make_key(tx, sealer, now);
    pg_ledger::append(tx, {line(*actor, "registration_key.rotated", {{"kid", key.id.str()}}, now)});
    return key;
  });
}

core::Result<core::Done> revoke_registration_key(const Context& context, const core::UserId& actor_id,
                                                 const RegistrationKeyId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_operator(tx, actor_id);
    if (!actor) return actor.error();
    pg_registration::lock_keys(tx);
    const core::Timestamp now = context.clock.now();
    if (!pg_registration::revoke_key(tx, id, now)) return core::not_found();
    auto entry = line(*actor, "registration_key.revoked", {{"kid", id.str()}}, now);
    entry.idempotency_key = "registration_key.revoked/" + id.str();
    pg_ledger::append(tx, {entry});
    return core::Done{};
  });
}

}  // namespace turnkey::registry
