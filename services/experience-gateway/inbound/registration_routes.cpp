// SPDX-License-Identifier: Apache-2.0
#include <strings.h>

#include "core/random.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kRegistrationTimeout = std::chrono::seconds(10);  // it waits for a batch that is being written
constexpr std::size_t kMaxToken = 8 * 1024;                      // bytes

// "" for none and for one that is too long: the registry refuses all in the same words.
std::string bearer_of(const Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string header = request.header("authorization");
  if (header.size() > kScheme.size() + kMaxToken) return {};
  if (strncasecmp(header.c_str(), kScheme.data(), kScheme.size()) != 0) return {};
  return header.substr(kScheme.size());
}

// Needs no session and no Origin: the token is sent by hand, so no other site can make a browser send it.
Result<Response> register_device(const Routes& routes, const Request& request) {
  auto body = request.json();
  if (!body) return body.error();
  // The bus may ask two registries: with a nonce the second knows that it is the same request.
  if (!body->contains("nonce") || body->at("nonce").is_null()) (*body)["nonce"] = core::random_hex(16);
  (*body)["jwt"] = bearer_of(request);
  (*body)["remoteAddress"] = request.remote_address;
  const auto made = routes.services.registry("register_device", *body, kRegistrationTimeout);
  if (!made) return made.error();
  return http::json_response(*made, 201);
}

Result<Response> create_token(const Routes& routes, const Request& request, const Session& session) {
  const auto recipe = id_of_path(request);
  if (!recipe) return recipe.error();
  auto fields = request.json();
  if (!fields) return fields.error();
  (*fields)["recipeId"] = *recipe;
  const auto issued =
      routes.services.registry("create_registration_token", acting(session.user_id, std::move(*fields)));
  if (!issued) return issued.error();
  return http::json_response(*issued, 201);
}

Result<Response> list_tokens(const Routes& routes, const Request& request, const Session& session) {
  const auto recipe = id_of_path(request);
  if (!recipe) return recipe.error();
  const auto list =
      routes.services.registry("list_registration_tokens", acting(session.user_id, {{"recipeId", *recipe}}));
  if (!list) return list.error();
  return http::json_response(*list);
}

Result<Response> revoke_token(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto done =
      routes.services.registry("revoke_registration_token", acting(session.user_id, {{"id", *id}}));
  if (!done) return done.error();
  return http::empty_response();
}

Result<Response> list_keys(const Routes& routes, const Request&, const Session& session) {
  const auto list = routes.services.registry("list_registration_keys", acting(session.user_id));
  if (!list) return list.error();
  return http::json_response(*list);
}

Result<Response> rotate_key(const Routes& routes, const Request&, const Session& session) {
  const auto made = routes.services.registry("rotate_registration_key", acting(session.user_id));
  if (!made) return made.error();
  return http::json_response(made->at("key"), 201);
}

Result<Response> revoke_key(const Routes& routes, const Request& request, const Session& session) {
  const std::string kid = request.parameter("kid");
  if (!core::is_hex_id(kid)) return core::not_found();
  const auto done =
      routes.services.registry("revoke_registration_key", acting(session.user_id, {{"kid", kid}}));
  if (!done) return done.error();
  return http::empty_response();
}

}  // namespace

void add_registration_routes(const Routes& routes) {
  routes.server.route("POST", "/api/registrations",
                      [routes](const Request& request) { return register_device(routes, request); });
  routes.add("POST", "/api/recipes/{id}/registration-tokens", create_token);
  routes.add("GET", "/api/recipes/{id}/registration-tokens", list_tokens);
  routes.add("DELETE", "/api/registration-tokens/{id}", revoke_token);
  routes.add("GET", "/api/registration-keys", list_keys);
  routes.add("POST", "/api/registration-keys", rotate_key);
  routes.add("DELETE", "/api/registration-keys/{kid}", revoke_key);
}

}  // namespace turnkey::gateway
