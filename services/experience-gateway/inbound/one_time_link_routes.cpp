// SPDX-License-Identifier: Apache-2.0
// What the page behind an invitation, a reset, a pass or the first operator's link asks.
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

Result<Json> shown_link(const Request& request, const std::vector<std::string_view>& names) {
  auto fields = fields_of(request, names);
  if (fields) (*fields)["remoteAddress"] = request.remote_address;
  return fields;
}

Result<Response> check(const Routes& routes, const Request& request) {
  const auto link = shown_link(request, {"token"});
  if (!link) return link.error();
  const auto reply = routes.services.registry("check_one_time_link", *link);
  if (!reply) return reply.error();
  return http::json_response(*reply);
}

Result<Response> redeem(const Routes& routes, const Request& request) {
  const auto link = shown_link(request, {"token", "password", "name", "email"});
  if (!link) return link.error();
  const auto session = routes.services.registry("redeem_one_time_link", *link);
  if (!session) return session.error();
  return signed_in_response(*session);
}

}  // namespace

void add_one_time_link_routes(const Routes& routes) {
  const auto add = [&](const char* method, const char* path,
                       Result<Response> (*run)(const Routes&, const Request&)) {
    routes.server.route(method, path, routes.access.from_own_pages([routes, run](const Request& request) {
      return run(routes, request);
    }));
  };
  add("POST", "/api/one-time-links/check", check);
  add("POST", "/api/one-time-links/redemption", redeem);
}

}  // namespace turnkey::gateway
