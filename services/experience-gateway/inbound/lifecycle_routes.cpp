// SPDX-License-Identifier: Apache-2.0
#include "core/base64.hpp"
#include "core/random.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kManyTimeout = std::chrono::seconds(30);    // for what touches many devices
constexpr std::size_t kMaxPicture = 512 * 1024;            // bytes
constexpr std::size_t kMaxReleases = 1000 * (64 + 4) * 2;  // bytes: that many serials, generously written

// What makes a release: the registry makes the secrets of it, and who sends it twice gets the same ones. The
// bus may bring it twice, and to two replicas.
Json release_request(const Routes& routes, const Request& request) {
  return {{"idempotencyKey", idempotency_key_of(request)},
          {"secretPart", core::random_hex(32)},
          {"requestedAt", core::to_iso(routes.clock.now())}};
}

Result<Response> release(const Routes& routes, const Request& request, const Session& session) {
  const auto released =
      ask_about_serial(routes, request, session, "release_device", release_request(routes, request));
  if (!released) return released.error();
  return http::json_response(*released);
}

Response csv_file(const Json& csv, const char* name) {
  Response response{200, csv, "text/csv; charset=utf-8", {}};
  response.headers.emplace_back("Content-Disposition", std::string("attachment; filename=\"") + name + "\"");
  return response;
}

Result<Response> release_many(const Routes& routes, const Request& request, const Session& session) {
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"serials"});
  const Json* serials = in.array("serials", 1000);
  if (!in.ok()) return in.error();
  Json wanted = release_request(routes, request);
  wanted["serials"] = *serials;
  const auto many =
      routes.services.registry("release_devices", acting(session.user_id, std::move(wanted)), kManyTimeout);
  if (!many) return many.error();
  return csv_file(many->at("csv"), "released.csv");
}

Result<Response> list_releases(const Routes& routes, const Request& request, const Session& session) {
  Json filter = Json::object();
  if (const auto cursor = request.query_value("cursor"); cursor && !cursor->empty())
    filter["cursor"] = *cursor;
  if (const auto limit = request.query_value("limit")) filter["limit"] = number_of_query(*limit);
  const auto page = routes.services.registry("list_releases", acting(session.user_id, std::move(filter)));
  if (!page) return page.error();
  return http::json_response(*page);
}

Result<Response> undo_release(const Routes& routes, const Request& request, const Session& session) {
  const auto undone = ask_about_serial(routes, request, session, "undo_release");
  if (!undone) return undone.error();
  return http::json_response(*undone);
}

Result<Response> update_device(const Routes& routes, const Request& request, const Session& session) {
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"name", "tags", "groupId", "model"});
  if (!in.ok()) return in.error();
  const auto changed = ask_about_serial(routes, request, session, "update_device", std::move(*body));
  if (!changed) return changed.error();
  return http::json_response(*changed);
}

Result<Response> delete_device(const Routes& routes, const Request& request, const Session& session) {
  const auto deleted = ask_about_serial(routes, request, session, "delete_device",
                                        {{"idempotencyKey", idempotency_key_of(request)}});
  if (!deleted) return deleted.error();
  return http::empty_response();
}

Result<Response> replace_device(const Routes& routes, const Request& request, const Session& session) {
  const auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"serial"});
  const auto serial = in.text("serial", 1, 255);
  if (!in.ok()) return in.error();
  const auto replaced =
      ask_about_serial(routes, request, session, "replace_device",
                       {{"newSerial", serial}, {"idempotencyKey", idempotency_key_of(request)}});
  if (!replaced) return replaced.error();
  return http::json_response(*replaced);
}

Result<Response> roll_out(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto done = routes.services.registry(
      "roll_out_recipe",
      acting(session.user_id, {{"id", *id}, {"idempotencyKey", idempotency_key_of(request)}}), kManyTimeout);
  if (!done) return done.error();
  return http::json_response(*done);
}

core::Error no_picture() {
  core::Error error = core::invalid("A picture in PNG, JPEG or WebP is needed.");
  error.detail = "unsupported_media_type";
  return error;
}

Result<Response> put_picture(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const std::string type = request.header("content-type");
  if (type != "image/png" && type != "image/jpeg" && type != "image/webp") return no_picture();
  if (request.body.empty()) return no_picture();
  const auto reply = routes.services.registry(
      "set_model_picture", acting(session.user_id, {{"recipeId", *id},
                                                    {"key", request.parameter("key")},
                                                    {"contentType", type},
                                                    {"bytes", core::to_base64(request.body)}}));
  if (!reply) return reply.error();
  return http::json_response(*reply);
}

// A picture never changes: its address is its content's hash. Only those who are signed in see it, so no
// cache but the browser's may keep it.
Response picture_response(int status, std::string bytes, std::string type, const std::string& hash) {
  Response response{status, std::move(bytes), std::move(type), {}};
  response.headers.emplace_back("ETag", "\"" + hash + "\"");
  response.headers.emplace_back("Cache-Control", "private, max-age=31536000, immutable");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<Response> get_picture(const Routes& routes, const Request& request, const Session& session) {
  const std::string hash = request.parameter("sha256");
  if (!is_sha256(hash)) return core::not_found();
  // Whoever names the hash has the picture already.
  if (request.header("if-none-match") == "\"" + hash + "\"") return picture_response(304, "", "", hash);
  const auto reply = routes.services.registry("get_picture", acting(session.user_id, {{"sha256", hash}}));
  if (!reply) return reply.error();
  auto bytes = core::from_base64(reply->at("bytes").get_ref<const std::string&>());
  if (!bytes) return core::internal("The registry sent a picture that cannot be read.");
  return picture_response(200, std::move(*bytes), reply->at("contentType"), hash);
}

}  // namespace

void add_lifecycle_routes(const Routes& routes) {
  routes.add("PATCH", "/api/devices/{serial}", update_device);
  routes.add("DELETE", "/api/devices/{serial}", delete_device);
  routes.add("POST", "/api/devices/{serial}/release", release);
  routes.add("POST", "/api/devices/{serial}/release-undo", undo_release);
  routes.add("POST", "/api/devices/{serial}/replacement", replace_device);
  routes.add("GET", "/api/releases", list_releases);
  routes.add("POST", "/api/releases", release_many, kMaxReleases);
  routes.add("POST", "/api/recipes/{id}/rollout", roll_out);
  routes.add("PUT", "/api/recipes/{id}/models/{key}/picture", put_picture, kMaxPicture);
  routes.add("GET", "/api/pictures/{sha256}", get_picture);
}

}  // namespace turnkey::gateway
