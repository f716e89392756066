// SPDX-License-Identifier: Apache-2.0
#include "domain/registration_token.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/administer_registration.hpp"
#include "usecases/register_device.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::int64_t kShortestLife_s = 60;
constexpr std::int64_t kLongestLife_s = 31'536'000;
constexpr std::int64_t kMostUses = 1'000'000;
constexpr const char* kNonceCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

Result<Json> on_create_registration_token(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "recipeId", "name", "lifetime_s", "uses", "serialPattern"});
  const auto actor = read_actor(in);
  NewRegistrationToken wanted;
  wanted.recipe_id = in.id<core::RecipeId>("recipeId");
  wanted.name = in.text("name", 1, 255);
  wanted.lifetime = std::chrono::seconds(in.integer("lifetime_s", kShortestLife_s, kLongestLife_s));
  wanted.uses = static_cast<int>(in.integer("uses", 1, kMostUses));
  wanted.serial_pattern = in.text("serialPattern", 1, 64);
  if (!in.ok()) return in.error();
  const auto issued = create_registration_token(d.context, d.sealer, actor, wanted);
  if (!issued) return issued.error();
  return Json{{"token", to_json(issued->token)}, {"jwt", issued->jwt}};
}

Result<Json> on_list_registration_tokens(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto recipe = in.id<core::RecipeId>("recipeId");
  if (!in.ok()) return in.error();
  return items_reply(list_registration_tokens(d.context, actor, recipe));
}

Result<Json> on_revoke_registration_token(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<RegistrationTokenId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(revoke_registration_token(d.context, actor, id));
}

Result<Json> on_list_registration_keys(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  if (!in.ok()) return in.error();
  return items_reply(list_registration_keys(d.context, actor));
}

Result<Json> on_rotate_registration_key(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  if (!in.ok()) return in.error();
  const auto key = rotate_registration_key(d.context, d.sealer, actor);
  if (!key) return key.error();
  return Json{{"key", to_json(*key)}};
}

Result<Json> on_revoke_registration_key(const RegistrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<RegistrationKeyId>("kid");
  if (!in.ok()) return in.error();
  return empty_reply(revoke_registration_key(d.context, actor, id));
}

std::string read_nonce(ObjectReader& in) {
  const auto nonce = in.optional_text("nonce", 16, 64);
  if (nonce && nonce->find_first_not_of(kNonceCharacters) != std::string::npos)
    in.wrong("nonce", "bad_character", "letters, digits, '-' and '_' are allowed");
  return nonce.value_or("");
}

// The token is looked at before anything else: who has none learns nothing about the rest.
Result<Json> on_register_device(const RegistrationDependencies& d, const Json& request) {
  ObjectReader bearer(request);
  const auto jwt = bearer.optional_text("jwt", 0, kMaxRegistrationToken).value_or("");
  const auto address = bearer.optional_text("remoteAddress", 1, 64).value_or("");
  const auto token = check_registration_token(d.context, bearer.ok() ? jwt : "", address);
  if (!token) return token.error();
  ObjectReader in(request);
  in.allow_only({"jwt", "serial", "nonce", "remoteAddress"});
  const auto serial = core::Serial::parse(in.text("serial"));
  if (in.ok() && !serial)
    in.wrong("serial", "malformed", "4 to 64 letters, digits, '.', '_' and '-' are needed");
  const auto nonce = read_nonce(in);
  if (!in.ok()) return in.error();
  const auto made = register_device(d.context, {*token, address, *serial, nonce});
  if (!made) return made.error();
  return to_json(*made, d.broker);
}

}  // namespace

void add_registration_methods(bus::RpcServer& server, const RegistrationDependencies& dependencies) {
  static constexpr Method<RegistrationDependencies> kMethods[] = {
      {"create_registration_token", on_create_registration_token},
      {"list_registration_tokens", on_list_registration_tokens},
      {"revoke_registration_token", on_revoke_registration_token},
      {"list_registration_keys", on_list_registration_keys},
      {"rotate_registration_key", on_rotate_registration_key},
      {"revoke_registration_key", on_revoke_registration_key},
      {"register_device", on_register_device},
  };
  add_methods(server, kMethods, dependencies);
}

}  // namespace turnkey::registry
