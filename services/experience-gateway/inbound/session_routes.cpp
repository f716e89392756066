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

// Lives as long as the session at most: the registry may end that earlier.
std::string cookie(const std::string& token, int max_age_s) {
  return std::string(kSessionCookie) + "=" + token +
         "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=" + std::to_string(max_age_s);
}

constexpr int kCookieLife_s = 14 * 24 * 3600;

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
  Response response = http::json_response({{"user", session->at("user")}});
  response.headers.emplace_back("Set-Cookie", cookie(session->at("sessionToken"), kCookieLife_s));
  return response;
}

Result<Response> sign_out(const Routes& routes, const Request&, const Session& session) {
  const auto done = routes.services.registry("sign_out", {{"sessionToken", session.token}});
  if (!done) return done.error();
  routes.sessions.drop_user(session.user_id);
  Response response = http::empty_response();
  response.headers.emplace_back("Set-Cookie", cookie("", 0));
  return response;
}

Result<Response> create_first_operator(const Routes& routes, const Request& request) {
  auto body = request.json();
  if (!body) return body.error();
  const auto made = routes.services.registry("create_first_operator", *body);
  if (!made) return made.error();
  return http::json_response(*made, 201);
}

Json configuration(const Config& config) {
  return {{"productName", config.product_name},
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
  routes.server.route("GET", "/api/session",
                      access.signed_in([](const Request&, const Session& session) -> Result<Response> {
                        return http::json_response({{"user", session.user}});
                      }));
  routes.server.route("DELETE", "/api/session",
                      access.signed_in([routes](const Request& request, const Session& session) {
                        return sign_out(routes, request, session);
                      }));
  routes.server.route("POST", "/api/first-operator", access.from_own_pages([routes](const Request& request) {
    return create_first_operator(routes, request);
  }));
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
