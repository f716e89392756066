// SPDX-License-Identifier: Apache-2.0
// The fleet at a glance: up to a thousand devices with their newest value of one attribute and how it went,
// in one answer.
#include <map>

#include "inbound/routes.hpp"
#include "service/log.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::size_t kMostDevices = 1000;
constexpr int kPageOfRegistry = 200;
constexpr auto kFleetTimeout = std::chrono::seconds(8);
constexpr const char* kPoints = "24";
// A device's tag (a recipe's, for all of its devices): the attribute that says it has a fault.
constexpr const char* kFaultTag = "fault_attribute";

struct Fleet {
  Json devices = Json::array();
  bool more = false;
};

Result<Fleet> fleet_of(const Routes& routes, const Request& request, const Session& session) {
  Fleet fleet;
  Json filter = {{"limit", kPageOfRegistry}};
  if (const auto group = request.query_value("group"); group && !group->empty()) filter["group"] = *group;
  for (;;) {
    auto page = routes.services.registry("list_devices", acting(session.user_id, filter));
    if (!page) return page.error();
    for (Json& device : page->at("items")) fleet.devices.push_back(std::move(device));
    const Json& next = page->at("nextCursor");
    fleet.more = next.is_string();
    if (!fleet.more || fleet.devices.size() >= kMostDevices) return fleet;
    filter["cursor"] = next;
  }
}

Json question_of(const Request& request, const Session& session, const Json& devices, core::Timestamp now) {
  Json question = {{"devices", Json::array()},
                   {"from", request.query_value("from").value_or(core::to_iso(now - std::chrono::hours(24)))},
                   {"to", request.query_value("to").value_or(core::to_iso(now))},
                   {"points", number_of_query(request.query_value("points").value_or(kPoints))}};
  if (const auto attribute = request.query_value("attribute"); attribute && !attribute->empty())
    question["attribute"] = *attribute;
  for (const Json& device : devices) {
    Json asked = since_request(device, session.is_operator() ? Json() : device.at("provisionedAt"));
    if (const Json fault = value_or_null(device.at("tags"), kFaultTag); fault.is_string())
      asked["faultAttribute"] = fault;
    question["devices"].push_back(std::move(asked));
  }
  return question;
}

Json shown(const Json& device, const Json& measured, bool all) {
  Json item = {{"serial", device.at("serial")},       {"name", device.at("name")},
               {"model", device.at("model")},         {"groupId", device.at("groupId")},
               {"connected", device.at("connected")}, {"points", measured.value("points", Json::array())}};
  item["lastSeenAt"] =
      last_seen(value_or_null(device, "lastPresenceAt"), value_or_null(measured, "lastSeenAt"),
                all ? Json() : device.at("provisionedAt"));
  item["latest"] = value_or_null(measured, "latest");
  if (const Json faulted = value_or_null(measured, "faulted"); faulted.is_boolean())
    item["faulted"] = faulted;
  return item;
}

Result<Response> show_fleet(const Routes& routes, const Request& request, const Session& session) {
  const auto fleet = fleet_of(routes, request, session);
  if (!fleet) return fleet.error();
  const Json question = question_of(request, session, fleet->devices, routes.clock.now());
  const auto answer = routes.services.telemetry("fleet", question, kFleetTimeout);
  if (!answer && answer.error().code == core::ErrorCode::invalid) return answer.error();
  if (!answer)
    service::log_warning("a fleet is shown without its values", {{"reason", answer.error().message}});
  std::map<std::string, const Json*> by_id;
  if (answer) {
    for (const Json& item : answer->at("items")) by_id[item.at("deviceId").get<std::string>()] = &item;
  }
  Json view = {{"from", question.at("from")},
               {"to", question.at("to")},
               {"attribute", answer ? answer->at("attribute") : Json()},
               {"attributes", answer ? answer->at("attributes") : Json::array()},
               {"measured", static_cast<bool>(answer)},
               {"more", fleet->more},
               {"items", Json::array()}};
  for (const Json& device : fleet->devices) {
    const auto it = by_id.find(device.at("deviceId").get<std::string>());
    view["items"].push_back(
        shown(device, it == by_id.end() ? Json::object() : *it->second, session.is_operator()));
  }
  return http::json_response(view);
}

}  // namespace

void add_fleet_routes(const Routes& routes) { routes.add("GET", "/api/fleet", show_fleet); }

}  // namespace turnkey::gateway
