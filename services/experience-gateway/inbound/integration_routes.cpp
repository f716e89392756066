// SPDX-License-Identifier: Apache-2.0
#include "inbound/registry_routes.hpp"

namespace turnkey::gateway {
namespace {

using http::Request;
using http::Response;

core::Result<Response> list_deliveries(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  contracts::Json query = {{"id", *id}};
  if (const auto cursor = request.query_value("cursor")) query["cursor"] = *cursor;
  if (const auto limit = request.query_value("limit")) query["limit"] = number_of_query(*limit);
  return ask(routes, session, "list_deliveries", std::move(query), {"*", 200});
}

}  // namespace

void add_integration_routes(const Routes& routes) {
  routes.add("GET", "/api/integrations", listing("list_integrations"));
  routes.add("POST", "/api/integrations",
             change("create_integration", {"name", "groupId", "events", "webhook"}, {"*", 201}));
  routes.add("PATCH", "/api/integrations/{id}",
             change("update_integration", {"name", "events", "webhook"}, {"*", 200}));
  routes.add("POST", "/api/integrations/{id}/rotation", change_by_path("rotate_integration", {"*", 200}));
  routes.add("DELETE", "/api/integrations/{id}", change_by_path("delete_integration", {"", 204}));
  routes.add("GET", "/api/integrations/{id}/deliveries", list_deliveries);
}

}  // namespace turnkey::gateway
