// SPDX-License-Identifier: Apache-2.0
#include "usecases/register_device.hpp"

#include <pqxx/except>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "domain/serial_pattern.hpp"
#include "outbound/es256.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_credentials.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"
#include "outbound/pg_registration.hpp"

namespace turnkey::registry {
namespace {

using pg_registration::Token;

constexpr auto kRepeatable = std::chrono::minutes(10);
constexpr auto kFailuresCount = std::chrono::minutes(15);
constexpr int kFailuresOfAddress = 20;
constexpr auto kWait = std::chrono::seconds(60);

// Failures beyond the limit are not written: a flood of them costs a look, and the wait ends.
core::Error refuse(pqxx::work& tx, const std::string& address, core::Timestamp now) {
  if (pg_registration::failures(tx, address, now - kFailuresCount) >= kFailuresOfAddress)
    return core::throttled("Too many registrations were refused. Wait a minute, then try again.", kWait);
  pg_registration::add_failure(tx, address, now);
  return core::unauthorized("This registration token is not valid.");
}

bool stands(const std::optional<Token>& token, const TokenClaims& claims, core::Timestamp now) {
  return token && token->key_id == claims.key_id && token->recipe_id == claims.recipe_id &&
         !token->revoked_at && now < token->expires_at;
}

// One key, named by us, verifies one algorithm: the token has no say in either.
bool genuine(const Context& context, const PresentedToken& presented, core::Timestamp now) {
  const auto public_pem = context.pool.transaction([&](pqxx::work& tx) -> std::optional<std::string> {
    if (!stands(pg_registration::find_token(tx, presented.claims.id), presented.claims, now))
      return std::nullopt;
    return pg_registration::public_key(tx, presented.claims.key_id);
  });
  return public_pem && es256::verified(*public_pem, presented.signed_part, presented.signature);
}

std::optional<Device> find_locked(pqxx::work& tx, const core::Serial& serial) {
  const auto device = pg_devices::find_by_serial(tx, serial.str());
  if (!device) return std::nullopt;
  pg_devices::lock(tx, device->id);
  return pg_devices::find(tx, device->id);
}

// Is it the same request again, and the device as its first one left it?
bool is_repeat(pqxx::work& tx, const Device& device, const SelfRegistration& wanted, core::Timestamp now) {
  if (wanted.nonce.empty() || device.owned() || device.assignment_epoch > 0) return false;
  const auto before = pg_registration::registration_of(tx, device.id);
  return before && before->token_id == wanted.token.id && now - before->registered_at <= kRepeatable &&
         core::equal_in_constant_time(before->nonce_hash_hex, core::sha256_hex(wanted.nonce));
}

struct NewDevice {
  Device device;
  Credentials credentials;
};

// The device's keys so far end, and its new one begins.
void change_keys(pqxx::work& tx, const NewDevice& made, core::Timestamp now) {
  const auto& [device, credentials] = made;
  contracts::CredentialChanges changes;
  changes.revision = device.revision;
  for (auto& key : pg_credentials::revoke_all(tx, device.id, device.revision, now))
    changes.changes.push_back({std::move(key), true, {}, {}});
  pg_credentials::insert(tx, device.id, credentials, device.revision, now);
  changes.changes.push_back(
      {credentials.access_key, false, device.id, core::sha256_hex(credentials.access_secret)});
  events::credentials_changed(tx, changes);
}

void remember(pqxx::work& tx, const NewDevice& made, const SelfRegistration& wanted, core::Timestamp now) {
  if (wanted.nonce.empty()) return;
  pg_registration::write_registration(
      tx, made.device.id,
      {wanted.token.id, core::sha256_hex(wanted.nonce), made.credentials.access_key, now});
}

LedgerEntry line_about(const Device& device, const Token& token, std::string act, core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.device_id = device.id;
  entry.serial = device.serial;
  entry.detail = {{"tokenId", token.id.str()}, {"recipeId", device.recipe_id.str()}};
  return entry;
}

Credentials new_credentials() { return {core::random_uuid(), core::random_hex(32)}; }

SelfRegistered answer_again(pqxx::work& tx, const SelfRegistration& wanted, const Token& token, Device device,
                            core::Timestamp now) {
  device.revision = pg_devices::next_revisions(tx);
  const NewDevice again{std::move(device), new_credentials()};
  change_keys(tx, again, now);
  remember(tx, again, wanted, now);
  pg_ledger::append(tx, {line_about(again.device, token, "device.credentials_renewed", now)});
  return {again.device.id, again.credentials};
}

SelfRegistered make(pqxx::work& tx, const SelfRegistration& wanted, const Token& token, core::Timestamp now) {
  const Recipe recipe = pg_recipes::find(tx, token.recipe_id).value();  // recipes stay
  NewDevice made{{}, new_credentials()};
  made.device.id = core::DeviceId::random();
  made.device.serial = wanted.serial.str();
  made.device.name = made.device.serial;
  made.device.recipe_id = recipe.id;
  made.device.recipe_version = recipe.version;
  made.device.tags = recipe.tags;
  pg_registration::count_use(tx, token.id);
  made.device.revision = pg_devices::next_revisions(tx);
  pg_devices::insert(tx, made.device, now);
  remember(tx, made, wanted, now);
  events::device_changed(tx, device_event(made.device, recipe, "registered", now));
  events::registered(tx, {made.device}, now);
  change_keys(tx, made, now);
  pg_ledger::append(tx, {line_about(made.device, token, "device.registered", now)});
  return {made.device.id, made.credentials};
}

}  // namespace

core::Result<TokenClaims> check_registration_token(const Context& context, std::string_view jwt,
                                                   const std::string& remote_address) {
  const core::Timestamp now = context.clock.now();
  const auto presented = read_token(jwt);
  if (presented && valid_at(presented->claims, now) && genuine(context, *presented, now))
    return presented->claims;
  return context.pool.transaction([&](pqxx::work& tx) { return refuse(tx, remote_address, now); });
}

namespace {

core::Result<SelfRegistered> register_once(const Context& context, const SelfRegistration& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<SelfRegistered> {
    const core::Timestamp now = context.clock.now();
    pg_devices::lock_serial(tx, wanted.serial.str());
    pg_registration::lock_token(tx, wanted.token.id);
    const auto token = pg_registration::find_token(tx, wanted.token.id);
    if (!stands(token, wanted.token, now)) return refuse(tx, wanted.remote_address, now);
    const bool allowed = SerialPattern::trusted(token->serial_pattern).matches(wanted.serial);
    // A serial that the token is not good for is not looked up: it must not serve to find out which there
    // are.
    const auto existing = allowed ? find_locked(tx, wanted.serial) : std::nullopt;
    if (existing && is_repeat(tx, *existing, wanted, now))
      return answer_again(tx, wanted, *token, *existing, now);
    if (token->used >= token->uses) return refuse(tx, wanted.remote_address, now);
    if (!allowed)
      return core::invalid("Some fields are not right.",
                           {{"serial", "not_allowed", "the token is not good for this serial"}});
    if (existing) return core::conflict("A device with this serial is registered already.", "serial_taken");
    return make(tx, wanted, *token, now);
  });
}

}  // namespace

core::Result<SelfRegistered> register_device(const Context& context, const SelfRegistration& wanted) {
  try {
    return register_once(context, wanted);
  } catch (const pqxx::unique_violation&) {  // an import made a device with this serial: now it is found
    return register_once(context, wanted);
  }
}

void sweep_registrations(const Context& context) {
  const core::Timestamp now = context.clock.now();
  context.pool.transaction(
      [&](pqxx::work& tx) { pg_registration::sweep(tx, now - kFailuresCount, now - kRepeatable); });
}

}  // namespace turnkey::registry
