// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <map>

#include "config.hpp"
#include "contracts/messages.hpp"
#include "core/random.hpp"
#include "inbound/device_streams.hpp"
#include "inbound/routes.hpp"
#include "service/log.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kLatestTimeout =
    std::chrono::milliseconds(1000);  // the page is worth more than its last values
constexpr auto kCommandTimeout = std::chrono::seconds(2);
constexpr auto kHistoryTimeout = std::chrono::seconds(8);
constexpr std::size_t kMostAttributes = 100;  // of one question for history

// Last values and last signs of life of devices, by device id; empty when telemetry-ingest does not answer.
std::map<std::string, Json> latest_of(Services& services, const Json& devices) {
  std::map<std::string, Json> by_id;
  if (devices.empty()) return by_id;
  const auto reply = services.telemetry("latest", {{"devices", devices}}, kLatestTimeout);
  if (!reply) {
    service::log_warning("devices are shown without their last values", {{"reason", reply.error().message}});
    return by_id;
  }
  for (const Json& item : reply->at("items")) by_id[item.at("deviceId").get<std::string>()] = item;
  return by_id;
}

// A browser's own second try says it in a header; a page that opens a new stream can only say it in the
// query.
std::string last_event_of(const Request& request) {
  const auto header = request.header("last-event-id");
  return header.empty() ? request.query_value("lastEventId").value_or("") : header;
}

Result<Response> list_devices(const Routes& routes, const Request& request, const Session& session) {
  Json filter = Json::object();
  for (const char* name : {"group", "batch", "q", "state", "cursor"}) {
    const auto value = request.query_value(name);
    if (value && !value->empty()) filter[name] = *value;
  }
  if (const auto limit = request.query_value("limit")) filter["limit"] = number_of_query(*limit);
  auto page = routes.services.registry("list_devices", acting(session.user_id, std::move(filter)));
  if (!page) return page.error();
  Json wanted = Json::array();
  const bool all = session.is_operator();
  for (const Json& device : page->at("items"))
    wanted.push_back(since_request(device, all ? Json() : device.at("provisionedAt")));
  const auto latest = latest_of(routes.services, wanted);
  for (Json& device : page->at("items")) {
    const auto it = latest.find(device.at("deviceId").get<std::string>());
    const Json reported = it == latest.end() ? Json() : value_or_null(it->second, "lastSeenAt");
    device["lastSeenAt"] = last_seen(value_or_null(device, "lastPresenceAt"), reported,
                                     all ? Json() : device.at("provisionedAt"));
    device.erase("lastPresenceAt");
  }
  return http::json_response(*page);
}

Result<Response> get_device(const Routes& routes, const Request& request, const Session& session) {
  const auto found = ask_about_serial(routes, request, session, "get_device");
  if (!found) return found.error();
  Json device = found->at("device");
  const Json& since = found->at("visibleSince");
  const auto latest = latest_of(routes.services, Json::array({since_request(device, since)}));
  const auto it = latest.find(device.at("deviceId").get<std::string>());
  const Json item = it == latest.end() ? Json::object() : it->second;
  device["latest"] = item.value("latest", Json::object());
  device["lastSeenAt"] = last_seen(found->at("lastPresenceAt"), value_or_null(item, "lastSeenAt"), since);
  device["recipe"] = found->at("recipe");
  if (const Json until = found->value("undoUntil", Json()); until.is_string()) device["undoUntil"] = until;
  device["mayCommand"] = found->at("mayCommand");
  device["mayRelease"] = found->at("mayRelease");
  return http::json_response(device);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// Those that make a line, as many as one question may have.
std::vector<std::string> drawable(const Json& attributes) {
  std::vector<std::string> names;
  for (const Json& attribute : attributes) {
    const bool line = attribute.at("type") == "number" || attribute.at("type") == "boolean";
    if (line && names.size() < kMostAttributes) names.push_back(attribute.at("name"));
  }
  return names;
}

Result<Response> telemetry(const Routes& routes, const Request& request, const Session& session) {
  const auto found = ask_about_serial(routes, request, session, "get_device");
  if (!found) return found.error();
  const core::Timestamp now = routes.clock.now();
  const auto attributes = request.query_value("attributes");
  Json query = {
      {"deviceId", found->at("device").at("deviceId")},
      {"attributes", attributes ? split(*attributes) : drawable(found->at("recipe").at("attributes"))},
      {"from", request.query_value("from").value_or(core::to_iso(now - std::chrono::hours(1)))},
      {"to", request.query_value("to").value_or(core::to_iso(now))},
      {"points", number_of_query(request.query_value("points").value_or("300"))}};
  if (found->at("visibleSince").is_string()) query["since"] = found->at("visibleSince");
  const auto history = routes.services.telemetry("history", query, kHistoryTimeout);
  if (!history) return history.error();
  return http::json_response(*history);
}

// Firmware listens on one of the roots; which one the gateway does not know. False: the broker did not
// acknowledge all of them; the device may have it all the same.
bool publish_command(const Routes& routes, const core::DeviceId& device, const std::string& payload,
                     std::optional<std::chrono::seconds> valid_for) {
  std::vector<bus::Publication> all;
  for (const auto& root : routes.config.service.roots.names) {
    bus::Publication publication;
    publication.topic = contracts::topics::command(root, device);
    publication.payload = payload;
    publication.expiry = valid_for.value_or(contracts::kCommandExpiry);
    if (valid_for)
      publication.user.emplace_back(contracts::kPropertyValidFor, std::to_string(valid_for->count()));
    all.push_back(std::move(publication));
  }
  return routes.client.publish_all_and_wait(all, kCommandTimeout);
}

void write_ledger(const Routes& routes, const Session& session, const Json& device,
                  const std::string& command) {
  const auto written =
      routes.services.registry("append_ledger", {{"idempotencyKey", "command " + core::random_hex(16)},
                                                 {"at", core::to_iso(routes.clock.now())},
                                                 {"act", "command.sent"},
                                                 {"deviceId", device.at("deviceId")},
                                                 {"serial", device.at("serial")},
                                                 {"userId", session.user_id.str()},
                                                 {"detail", {{"command", command}}}});
  if (!written)
    service::log_warning("a command is missing in the ledger", {{"reason", written.error().message}});
}

Result<Response> send_command(const Routes& routes, const Request& request, const Session& session) {
  const auto found = ask_about_serial(routes, request, session, "get_device");
  if (!found) return found.error();
  if (!found->at("mayCommand").get<bool>()) return core::not_found();
  auto body = request.json();
  if (!body) return body.error();
  ObjectReader in(*body);
  in.allow_only({"name", "payload", "validFor_s"});
  const std::string name = in.text("name", 1, 255);
  const auto valid_for_s = in.optional_integer("validFor_s", 1, contracts::kLongestCommand.count());
  if (!in.ok()) return in.error();
  const Json& device = found->at("device");
  const auto payload = contracts::encode_command(name, body->value("payload", Json()), routes.clock.now());
  if (!routes.client.connected())
    return core::unavailable("The command could not be sent just now. Try again in a moment.");
  // First: whatever becomes of the acknowledgement, a command that a device may have got has its line.
  write_ledger(routes, session, device, name);
  if (!publish_command(routes, core::DeviceId::trusted(device.at("deviceId")), payload,
                       valid_for_s ? std::optional(std::chrono::seconds(*valid_for_s)) : std::nullopt))
    return core::unavailable(
        "The command may have been sent, but this was not confirmed. Look at the device before you send it "
        "again.");
  return http::json_response(Json::object(), 202);
}

Result<Response> ledger(const Routes& routes, const Request& request, const Session& session) {
  Json query = Json::object();
  if (const auto cursor = request.query_value("cursor"); cursor && !cursor->empty())
    query["cursor"] = *cursor;
  const auto page = ask_about_serial(routes, request, session, "get_ledger", std::move(query));
  if (!page) return page.error();
  return http::json_response(*page);
}

Result<Response> connections(const Routes& routes, const Request& request, const Session& session) {
  const auto found = ask_about_serial(routes, request, session, "get_device");
  if (!found) return found.error();
  Json query = since_request(found->at("device"), found->at("visibleSince"));
  query["limit"] = number_of_query(request.query_value("limit").value_or("100"));
  const auto log = routes.services.telemetry("connections", query, kHistoryTimeout);
  if (!log) return log.error();
  return http::json_response(*log);
}

}  // namespace

Json last_seen(const Json& presence_at, const Json& reported_at, const Json& since) {
  std::string last = presence_at.is_string() ? presence_at.get<std::string>() : "";
  if (reported_at.is_string()) last = std::max(last, reported_at.get<std::string>());
  if (last.empty() || (since.is_string() && last < since.get<std::string>())) return nullptr;
  return last;
}

Json value_or_null(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? Json(nullptr) : *it;
}

Json since_request(const Json& device, const Json& since) {
  Json request = {{"deviceId", device.at("deviceId")}};
  if (since.is_string()) request["since"] = since;
  return request;
}

Json number_of_query(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? Json(number) : Json(text);
}

Result<Json> ask_about_serial(const Routes& routes, const Request& request, const Session& session,
                              const char* method, Json more) {
  const auto now = MissLimiter::Clock::now();
  if (const auto wait = routes.misses.wait(session.user_id, now))
    return core::throttled("Too many serials were not found. Wait a moment, then try again.", *wait);
  more["serial"] = request.parameter("serial");
  auto found = routes.services.registry(method, acting(session.user_id, std::move(more)));
  if (found || found.error().code != core::ErrorCode::not_found) return found;
  routes.misses.miss(session.user_id, now);
  return core::not_found();
}

void add_device_routes(const Routes& routes, DeviceStreams& streams) {
  routes.add("GET", "/api/devices", list_devices);
  routes.add("GET", "/api/devices/{serial}", get_device);
  routes.add("GET", "/api/devices/{serial}/telemetry", telemetry);
  routes.add("GET", "/api/devices/{serial}/connections", connections);
  routes.add("POST", "/api/devices/{serial}/commands", send_command);
  routes.add("GET", "/api/devices/{serial}/ledger", ledger);
  routes.server.stream(
      "/api/devices/{serial}/events",
      routes.access.signed_in_stream([routes, &streams](const Request& request, const Session& session,
                                                        const auto& stream) -> Result<core::Done> {
        const auto found = ask_about_serial(routes, request, session, "get_device");
        if (!found) return found.error();
        streams.open(stream, watched_device(*found), session, last_event_of(request));
        return core::Done{};
      }));
}

}  // namespace turnkey::gateway
