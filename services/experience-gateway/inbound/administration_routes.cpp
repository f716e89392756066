// SPDX-License-Identifier: Apache-2.0
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::size_t kMaxRecipe = 512 * 1024;  // bytes: 500 attributes, 200 models

// A list as the registry gives it.
http::Handler listing(const Routes& routes, std::string method) {
  return routes.access.signed_in(
      [routes, method = std::move(method)](const Request&, const Session& session) -> Result<Response> {
        const auto list = routes.services.registry(method, acting(session.user_id));
        if (!list) return list.error();
        return http::json_response(*list);
      });
}

enum class Body { none, fields, recipe };

// A change whose body goes to the registry as it is: it knows the fields, and refuses those that it does not.
http::Handler change(const Routes& routes, std::string method, Body kind, std::string reply_key, int status) {
  return routes.access.signed_in(
      [routes, method = std::move(method), kind, reply_key = std::move(reply_key), status](
          const Request& request, const Session& session) -> Result<Response> {
        Json fields = Json::object();
        if (kind != Body::none) {
          auto body = request.json();
          if (!body) return body.error();
          if (kind == Body::fields) fields = std::move(*body);
          if (kind == Body::recipe) fields["recipe"] = std::move(*body);
        }
        if (!request.parameter("id").empty()) {
          const auto id = id_of_path(request);
          if (!id) return id.error();
          fields["id"] = *id;
        }
        const auto reply = routes.services.registry(method, acting(session.user_id, std::move(fields)));
        if (!reply) return reply.error();
        if (reply_key.empty()) return http::empty_response();
        return http::json_response(reply->at(reply_key), status);
      });
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
  auto& server = routes.server;
  server.route("GET", "/api/groups", listing(routes, "list_groups"));
  server.route("POST", "/api/groups", change(routes, "create_group", Body::fields, "group", 201));
  server.route("PATCH", "/api/groups/{id}", change(routes, "update_group", Body::fields, "group", 200));
  server.route("DELETE", "/api/groups/{id}", change(routes, "delete_group", Body::none, "", 204));
  server.route("GET", "/api/users", listing(routes, "list_users"));
  server.route("POST", "/api/users", change(routes, "create_user", Body::fields, "user", 201));
  server.route("PATCH", "/api/users/{id}", change(routes, "update_user", Body::fields, "user", 200));
  server.route("DELETE", "/api/users/{id}", change(routes, "delete_user", Body::none, "", 204));
  server.route("GET", "/api/recipes", listing(routes, "list_recipes"));
  server.route("POST", "/api/recipes", change(routes, "create_recipe", Body::recipe, "recipe", 201),
               kMaxRecipe);
  routes.add("GET", "/api/recipes/{id}", get_recipe);
  server.route("PATCH", "/api/recipes/{id}", change(routes, "update_recipe", Body::recipe, "recipe", 200),
               kMaxRecipe);
  routes.add("GET", "/api/models", list_models);
}

}  // namespace turnkey::gateway
