// SPDX-License-Identifier: Apache-2.0
#include "core/serial.hpp"
#include "inbound/provisioning_streams.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kOpenTimeout = std::chrono::milliseconds(5000);
constexpr auto kCompleteTimeout = std::chrono::milliseconds(8000);
constexpr auto kPresenceTimeout = std::chrono::milliseconds(700);

// Whether the device is there: the technician may know that much of a device that waits for them. Best
// effort.
Json device_state(const Routes& routes, const Session& session, const std::string& serial) {
  const auto reply = routes.services.registry(
      "get_device_for_provisioning", acting(session.user_id, {{"serial", serial}}), kPresenceTimeout);
  if (!reply) return nullptr;
  return {{"connected", reply->at("connected")}, {"lastSeenAt", reply->at("lastPresenceAt")}};
}

Result<Json> shown(const Routes& routes, const Session& session, const Json& reply) {
  const auto view = contracts::decode_provisioning(reply.at("provisioning"));
  if (!view) return core::internal("The provisioning service sent what cannot be read.");
  Json json = shown_provisioning(*view, reply.at("version").get<std::int64_t>(), routes.clock.now());
  if (!is_final(view->state)) json["device"] = device_state(routes, session, view->serial);
  return json;
}

Result<Response> open(const Routes& routes, const Request& request, const Session& session) {
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"serial"});
  const std::string text = in.text("serial", 1, 255);
  const auto serial = core::Serial::parse(text);
  if (!serial && !text.empty())
    in.wrong("serial", "malformed", "a serial has 4 to 64 letters, digits, '.', '_' or '-'");
  if (!in.ok()) return in.error();
  const auto opened = routes.services.provisioning(
      "open",
      acting(session.user_id, {{"serial", serial->str()}, {"idempotencyKey", idempotency_key_of(request)}}),
      kOpenTimeout);
  if (!opened) return opened.error();
  auto json = shown(routes, session, *opened);
  if (!json) return json.error();
  Response response = http::json_response(*json, 201);
  response.headers.emplace_back("Location", "/api/provisionings/" + json->at("id").get<std::string>());
  return response;
}

Result<Response> get(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto found = routes.services.provisioning("get", acting(session.user_id, {{"id", *id}}));
  if (!found) return found.error();
  const auto json = shown(routes, session, *found);
  if (!json) return json.error();
  return http::json_response(*json);
}

Result<Response> complete(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"name", "groupId", "model"});
  if (!in.ok()) return in.error();
  Json wish = std::move(*body);
  wish["id"] = *id;
  const auto done =
      routes.services.provisioning("complete", acting(session.user_id, std::move(wish)), kCompleteTimeout);
  if (!done) return done.error();
  return http::json_response({{"device", done->at("device")}});
}

Result<Response> answer_blinks(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"count", "tries"});
  if (!in.ok()) return in.error();
  Json answer = std::move(*body);
  answer["id"] = *id;
  const auto judged =
      routes.services.provisioning("answer_blinks", acting(session.user_id, std::move(answer)));
  if (!judged) return judged.error();
  const auto json = shown(routes, session, *judged);
  if (!json) return json.error();
  return http::json_response(*json);
}

Result<Response> identify(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  if (const auto none = no_fields(request); !none) return none.error();
  const auto done = routes.services.provisioning("identify", acting(session.user_id, {{"id", *id}}));
  if (!done) return done.error();
  return http::json_response(Json::object(), 202);
}

Result<Response> cancel(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto done = routes.services.provisioning("cancel", acting(session.user_id, {{"id", *id}}));
  if (!done) return done.error();
  return http::empty_response();
}

}  // namespace

void add_provisioning_routes(const Routes& routes, ProvisioningStreams& streams) {
  // For who lost the role in the meantime, too, what they started is not there any more.
  const auto add = [&](const char* method, const char* path, auto handler) {
    routes.add(
        method, path,
        [handler](const Routes& all, const Request& request, const Session& session) -> Result<Response> {
          if (!session.may_provision()) return core::not_found();
          return handler(all, request, session);
        });
  };
  add("POST", "/api/provisionings", open);
  add("GET", "/api/provisionings/{id}", get);
  add("POST", "/api/provisionings/{id}/completion", complete);
  add("POST", "/api/provisionings/{id}/blinks", answer_blinks);
  add("POST", "/api/provisionings/{id}/identify", identify);
  add("DELETE", "/api/provisionings/{id}", cancel);
  routes.server.stream("/api/provisionings/{id}/events",
                       routes.access.signed_in_stream(
                           [&streams](const Request& request, const Session& session, const auto& stream) {
                             return streams.open(stream, request.parameter("id"), session);
                           }));
}

}  // namespace turnkey::gateway
