// SPDX-License-Identifier: Apache-2.0
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::size_t kMaxRecipe = 512 * 1024;  // bytes: 500 attributes, 200 models

Result<Response> list_recipes(const Routes& routes, const Request&, const Session& session) {
  const auto list = routes.services.registry("list_recipes", acting(session.user_id));
  if (!list) return list.error();
  return http::json_response(*list);
}

// The recipe goes to the registry as it is: it knows the fields, and refuses those that it does not.
auto change_recipe(const char* method, int status) {
  return [method, status](const Routes& routes, const Request& request,
                          const Session& session) -> Result<Response> {
    auto body = request.json();
    if (!body) return body.error();
    Json change = {{"recipe", std::move(*body)}};
    if (!request.parameter("id").empty()) {
      const auto id = id_of_path(request);
      if (!id) return id.error();
      change["id"] = *id;
    }
    const auto reply = routes.services.registry(method, acting(session.user_id, std::move(change)));
    if (!reply) return reply.error();
    return http::json_response(reply->at("recipe"), status);
  };
}

Result<Response> list_models(const Routes& routes, const Request& request, const Session& session) {
  const auto list = routes.services.registry(
      "list_models", acting(session.user_id, {{"recipeId", request.query_value("recipe").value_or("")}}));
  if (!list) return list.error();
  return http::json_response(*list);
}

Result<Response> get_recipe(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto reply = routes.services.registry("get_recipe", acting(session.user_id, {{"id", *id}}));
  if (!reply) return reply.error();
  return http::json_response(reply->at("recipe"));
}

}  // namespace

void add_administration_routes(const Routes& routes) {
  routes.add("GET", "/api/recipes", list_recipes);
  routes.add("POST", "/api/recipes", change_recipe("create_recipe", 201), kMaxRecipe);
  routes.add("GET", "/api/recipes/{id}", get_recipe);
  routes.add("PATCH", "/api/recipes/{id}", change_recipe("update_recipe", 200), kMaxRecipe);
  routes.add("GET", "/api/models", list_models);
}

}  // namespace turnkey::gateway
