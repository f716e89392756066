// SPDX-License-Identifier: Apache-2.0
// Groups, users, passes and the tokens of programs.
#include <algorithm>

#include "inbound/registry_routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

Result<Response> list_tokens(const Routes& routes, const Request& request, const Session& session) {
  Json query = {{"all", request.query_value("all") == "true"}};
  if (const auto cursor = request.query_value("cursor")) query["cursor"] = *cursor;
  if (const auto limit = request.query_value("limit")) query["limit"] = number_of_query(*limit);
  return ask(routes, session, "list_tokens", std::move(query), {"*", 200});
}

Result<Response> create_token(const Routes& routes, const Request& request, const Session& session) {
  auto fields = fields_of(request, {"name", "scopes", "expiresAt"});
  if (!fields) return fields.error();
  if (session.scopes) (*fields)["within"] = *session.scopes;  // a token gives no more than it has
  return ask(routes, session, "create_token", std::move(*fields), {"*", 201});
}

constexpr const char* kWhatLetsIn[] = {"password", "role", "groupIds"};

Result<Response> update_user(const Routes& routes, const Request& request, const Session& session) {
  auto fields = fields_of(request, {"email", "name", "password", "role", "tags", "groupIds"});
  if (!fields) return fields.error();
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const bool lets_in = std::any_of(std::begin(kWhatLetsIn), std::end(kWhatLetsIn),
                                   [&](const char* name) { return fields->contains(name); });
  if (lets_in && !session.has_scope(kEveryScope)) return missing_scope(kEveryScope);
  (*fields)["id"] = *id;
  return ask(routes, session, "update_user", std::move(*fields), {"user", 200});
}

void add_group_routes(const Routes& routes) {
  routes.add("GET", "/api/groups", listing("list_groups"));
  routes.add("POST", "/api/groups", change("create_group", {"name", "parentId"}, {"group", 201}));
  routes.add("PATCH", "/api/groups/{id}", change("update_group", {"name", "parentId"}, {"group", 200}));
  routes.add("DELETE", "/api/groups/{id}", change_by_path("delete_group", {"", 204}));
}

void add_user_routes(const Routes& routes) {
  routes.add("GET", "/api/users", listing("list_users", {"q", "cursor", "limit"}));
  routes.add("POST", "/api/users",
             change("create_user", {"email", "name", "password", "role", "tags", "groupIds"}, {"user", 201}));
  routes.add("PATCH", "/api/users/{id}", update_user);
  routes.add("DELETE", "/api/users/{id}", change_by_path("delete_user", {"", 204}));
  routes.add("POST", "/api/users/invitations",
             change("invite_user", {"email", "name", "role", "tags", "groupIds"}, {"*", 201}));
  routes.add("POST", "/api/users/{id}/password-reset", change_by_path("reset_password", {"*", 201}));
  routes.add("POST", "/api/users/{id}/sign-out", change_by_path("sign_out_user", {"", 204}));
}

void add_pass_routes(const Routes& routes) {
  routes.add("GET", "/api/passes", listing("list_passes", {"cursor", "limit"}));
  routes.add("POST", "/api/passes", change("create_pass", {"groupId", "name", "notAfter"}, {"*", 201}));
  routes.add("DELETE", "/api/passes/{id}", change_by_path("delete_pass", {"", 204}));
}

}  // namespace

void add_people_routes(const Routes& routes) {
  add_group_routes(routes);
  add_user_routes(routes);
  add_pass_routes(routes);
  routes.add("GET", "/api/tokens", list_tokens);
  routes.add("POST", "/api/tokens", create_token);
  routes.add("DELETE", "/api/tokens/{id}", change_by_path("delete_token", {"", 204}));
}

}  // namespace turnkey::gateway
