// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config.hpp"
#include "core/random.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;
using http::Request;
using http::Response;

constexpr int kCookieLife_s = 14 * 24 * 3600;  // of the session at most: the registry may end that earlier

Result<Response> sign_in(const Routes& routes, const Request& request) {
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"email", "password"});
  const Json credential = {{"email", in.text("email", 1, 254)},
                           {"password", in.text("password", 1, 256)},
                           {"remoteAddress", request.remote_address}};
  if (!in.ok()) return in.error();
  const auto session = routes.services.registry("sign_in", credential);
  if (!session) return session.error();
  return signed_in_response(*session);
}

Result<Response> sign_out(const Routes& routes, const Request&, const Session& session) {
  const auto done = routes.services.registry("sign_out", {{"sessionToken", session.token}});
  if (!done) return done.error();
  routes.sessions.drop_user(session.user_id);
  Response response = http::empty_response();
  response.headers.emplace_back("Set-Cookie", session_cookie("", 0));
  return response;
}

// Two hashes are computed for it, and each may wait for its turn.
constexpr auto kAccountTimeout = std::chrono::seconds(6);

Result<Response> change_account(const Routes& routes, const Request& request, const Session& session) {
  auto fields = fields_of(request, {"name", "password"});
  if (!fields) return fields.error();
  (*fields)["sessionToken"] = session.token;
  (*fields)["remoteAddress"] = request.remote_address;
  const auto changed = routes.services.registry("change_account", *fields, kAccountTimeout);
  if (!changed) return changed.error();
  routes.sessions.drop_user(session.user_id);
  return http::json_response(*changed);
}

Result<Response> create_first_operator(const Routes& routes, const Request& request) {
  const auto body = fields_of(request, {"token", "email", "password", "name"});
  if (!body) return body.error();
  const auto made = routes.services.registry("create_first_operator", *body);
  if (!made) return made.error();
  return http::json_response(*made, 201);
}

Json branding(const Branding& brand) {
  return {{"logoUrl", brand.logo ? Json("/branding/logo") : Json()},
          {"barColour", brand.bar ? Json(brand.bar->hex()) : Json()}};
}

Json configuration(const Config& config) {
  return {{"productName", config.product_name},
          {"branding", branding(config.branding)},
          {"checkedPrefixes", config.checked_prefixes},
          {"labelHost", config.label_host}};
}

}  // namespace

void add_session_routes(const Routes& routes) {
  const Access& access = routes.access;
  routes.server.route("GET", "/healthz", [](const Request&) -> Result<Response> {
    return http::json_response({{"ok", true}});
  });
  routes.server.route("GET", "/api/config", [routes](const Request&) -> Result<Response> {
    return http::json_response(configuration(routes.config));
  });
  routes.server.route("POST", "/api/session", access.from_own_pages([routes](const Request& request) {
    return sign_in(routes, request);
  }));
  routes.add("GET", "/api/session",
             [](const Routes&, const Request&, const Session& session) -> Result<Response> {
               Json answer = {{"user", session.user}};
               if (session.scopes) answer["scopes"] = *session.scopes;  // a program's token may no more
               return http::json_response(answer);
             });
  routes.add("PATCH", "/api/session", change_account);
  routes.add("DELETE", "/api/session", sign_out);
  routes.server.route("POST", "/api/first-operator", access.from_own_pages([routes](const Request& request) {
    return create_first_operator(routes, request);
  }));
}

std::string session_cookie(const std::string& token, int max_age_s) {
  return std::string(kSessionCookie) + "=" + token +
         "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=" + std::to_string(max_age_s);
}

Response signed_in_response(const Json& session) {
  Response response = http::json_response({{"user", session.at("user")}});
  response.headers.emplace_back("Set-Cookie", session_cookie(session.at("sessionToken"), kCookieLife_s));
  return response;
}

Result<Json> fields_of(const Request& request, const std::vector<std::string_view>& names) {
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  for (const auto& [name, value] : body->items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      in.wrong(std::string_view(name).substr(0, 64), "unknown_field", "this field is not known here");
  if (!in.ok()) return in.error();
  return body;
}

Result<core::Done> no_fields(const Request& request) {
  if (request.body.empty()) return core::Done{};
  const auto body = fields_of(request, {});
  if (!body) return body.error();
  return core::Done{};
}

Result<std::string> id_of_path(const Request& request) {
  const std::string id = request.parameter("id");
  if (!core::UserId::parse(id)) return core::not_found();  // all ids have one form
  return id;
}

std::string idempotency_key_of(const Request& request) {
  const std::string key = request.header("idempotency-key");
  const bool usable = key.size() >= 8 && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               c == '-' || c == '_';
                      });
  return usable ? key : core::random_hex(16);
}

}  // namespace turnkey::gateway
