// SPDX-License-Identifier: Apache-2.0
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::size_t kMaxCsv = 1024 * 1024;    // bytes
constexpr std::size_t kMaxRecipe = 512 * 1024;  // bytes: 500 attributes, 200 models
constexpr auto kBatchTimeout = std::chrono::seconds(30);

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

// Between the services it is a text in JSON, which would show U+FFFD for what is none.
bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// `text/csv` with a header row, or `{"count": n}`.
Result<Json> read_batch(const Request& request) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  Json batch = {{"recipeId", *id},
                {"dryRun", request.query_value("dryRun") == "true"},
                {"idempotencyKey", idempotency_key_of(request)}};
  if (request.header("content-type").starts_with("text/csv")) {
    if (!is_utf8(request.body)) return core::invalid("The file is not UTF-8 text.");
    batch["csv"] = request.body;
    return batch;
  }
  auto body = request.json();
  if (!body) return body.error();
  contracts::ObjectReader in(*body);
  in.allow_only({"count"});
  batch["count"] = in.integer("count", 1, 5000);
  if (!in.ok()) return in.error();
  return batch;
}

Result<Response> register_batch(const Routes& routes, const Request& request, const Session& session) {
  auto batch = read_batch(request);
  if (!batch) return batch.error();
  const auto answer =
      routes.services.registry("register_batch", acting(session.user_id, std::move(*batch)), kBatchTimeout);
  if (!answer) return answer.error();
  if (!answer->contains("csv")) return http::json_response(*answer);
  Response response{201, answer->at("csv"), "text/csv; charset=utf-8", {}};
  response.headers.emplace_back("X-Batch-Id", answer->at("batchId"));
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"credentials.csv\"");
  return response;
}

}  // namespace

void add_administration_routes(const Routes& routes) {
  routes.add("GET", "/api/recipes", list_recipes);
  routes.add("POST", "/api/recipes", change_recipe("create_recipe", 201), kMaxRecipe);
  routes.add("GET", "/api/recipes/{id}", get_recipe);
  routes.add("PATCH", "/api/recipes/{id}", change_recipe("update_recipe", 200), kMaxRecipe);
  routes.add("GET", "/api/models", list_models);
  routes.add("POST", "/api/recipes/{id}/batches", register_batch, kMaxCsv);
}

}  // namespace turnkey::gateway
