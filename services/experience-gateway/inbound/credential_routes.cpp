// SPDX-License-Identifier: Apache-2.0
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

// The body's fields, none of which is needed; what they may hold the registry knows.
Result<Json> read_fields(const Request& request, std::initializer_list<std::string_view> names) {
  if (request.body.empty()) return Json::object();
  auto body = request.json();
  if (!body) return body.error();
  contracts::ObjectReader in(*body);
  in.allow_only(names);
  if (!in.ok()) return in.error();
  return body;
}

Result<Response> list_credentials(const Routes& routes, const Request& request, const Session& session) {
  const auto list = ask_about_serial(routes, request, session, "list_credentials");
  if (!list) return list.error();
  return http::json_response(*list);
}

Result<Response> add_credential(const Routes& routes, const Request& request, const Session& session) {
  auto fields = read_fields(request, {"overlap_s", "allowedAddresses"});
  if (!fields) return fields.error();
  (*fields)["idempotencyKey"] = idempotency_key_of(request);
  const auto added = ask_about_serial(routes, request, session, "add_credential", std::move(*fields));
  if (!added) return added.error();
  return http::json_response(*added, 201);
}

Result<Response> update_credential(const Routes& routes, const Request& request, const Session& session) {
  auto fields = read_fields(request, {"disabled", "allowedAddresses", "validUntil"});
  if (!fields) return fields.error();
  (*fields)["accessKey"] = request.parameter("accessKey");
  const auto credential = ask_about_serial(routes, request, session, "update_credential", std::move(*fields));
  if (!credential) return credential.error();
  return http::json_response(*credential);
}

Result<Response> revoke_credential(const Routes& routes, const Request& request, const Session& session) {
  const auto done = ask_about_serial(routes, request, session, "revoke_credential",
                                     {{"accessKey", request.parameter("accessKey")}});
  if (!done) return done.error();
  return http::empty_response();
}

}  // namespace

void add_credential_routes(const Routes& routes) {
  routes.add("GET", "/api/devices/{serial}/credentials", list_credentials);
  routes.add("POST", "/api/devices/{serial}/credentials", add_credential);
  routes.add("PATCH", "/api/devices/{serial}/credentials/{accessKey}", update_credential);
  routes.add("DELETE", "/api/devices/{serial}/credentials/{accessKey}", revoke_credential);
}

}  // namespace turnkey::gateway
