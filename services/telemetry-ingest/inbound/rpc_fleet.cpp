// SPDX-License-Identifier: Apache-2.0
// Many devices at a glance: what the newest values say, and how one number went.
#include <algorithm>

#include "core/ids.hpp"
#include "domain/faults.hpp"
#include "inbound/rpc_queries.hpp"
#include "inbound/rpc_shapes.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;
using contracts::ObjectReader;

constexpr std::size_t kFleetAtOnce = 1000;
constexpr int kTrendPointsAtMost = 100;
constexpr int kTrendPoints = 24;

struct Asked {
  DeviceSince device;
  std::string fault_attribute{};  // which of its attributes says that it has a fault; empty: none does
  std::vector<Declared> declared{};
};

struct FleetQuestion {
  std::vector<Asked> devices;
  HistoryRequest range;
  std::optional<std::string> attribute;
};

FleetQuestion read_question(ObjectReader& in) {
  FleetQuestion question;
  const Json* devices = in.array("devices", kFleetAtOnce);
  for (std::size_t i = 0; devices != nullptr && i < devices->size(); ++i) {
    ObjectReader device((*devices)[i], prefix_of("devices", i));
    Asked asked{{device.id<core::DeviceId>("deviceId").str(), device.optional_time("since")}};
    asked.fault_attribute = device.optional_text("faultAttribute", 0, 255).value_or("");
    question.devices.push_back(std::move(asked));
    move_errors(device, in);
  }
  question.attribute = in.optional_text("attribute", 1, 255);
  question.range.from = in.optional_time("from");
  question.range.to = in.optional_time("to");
  question.range.points =
      static_cast<int>(in.optional_integer("points", 1, kTrendPointsAtMost).value_or(kTrendPoints));
  return question;
}

struct Choice {
  Declared declared;
  int devices = 0;
};

// The numbers that the devices declare, those of the most devices first, else in the order of their recipes.
std::vector<Choice> numbers_of(const std::vector<Asked>& devices) {
  std::vector<Choice> choices;
  std::map<std::string, std::size_t> at;
  for (const auto& device : devices) {
    for (const auto& attribute : device.declared) {
      if (attribute.type != "number") continue;
      const auto [place, fresh] = at.emplace(attribute.name, choices.size());
      if (fresh) choices.push_back({attribute});
      ++choices[place->second].devices;
    }
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& one, const Choice& other) { return one.devices > other.devices; });
  return choices;
}

const Declared* find_declared(const std::vector<Declared>& declared, const std::string& name) {
  const auto it = std::find_if(declared.begin(), declared.end(),
                               [&](const Declared& attribute) { return attribute.name == name; });
  return it == declared.end() ? nullptr : &*it;
}

Json trend_json(const Trend& trend) {
  Json points = Json::array();
  for (const auto& point : trend) points.push_back(point ? Json(*point) : Json());
  return points;
}

Json item_json(const Asked& asked, const LatestOf& latest, const std::string& attribute, const Trend* trend) {
  Json item = {{"deviceId", asked.device.device_id}};
  if (latest.last_seen_at) item["lastSeenAt"] = core::to_iso(*latest.last_seen_at);
  // What another recipe or an older one of this device meant by the name is not shown as this.
  const Declared* shown = find_declared(asked.declared, attribute);
  const auto newest = latest.values.find(attribute);
  if (shown != nullptr && shown->type == "number") {
    if (newest != latest.values.end() && newest->second.number)
      item["latest"] = {{"value", *newest->second.number}, {"time", core::to_iso(newest->second.time)}};
    if (trend != nullptr) item["points"] = trend_json(*trend);
  }
  if (find_declared(asked.declared, asked.fault_attribute) != nullptr) {
    const auto fault = latest.values.find(asked.fault_attribute);
    item["faulted"] = fault != latest.values.end() && is_fault(fault->second.number, fault->second.text);
  }
  return item;
}

}  // namespace

RpcQueries::Answer RpcQueries::fleet(const Json& request) {
  ObjectReader in(request);
  FleetQuestion question = read_question(in);
  if (!in.ok()) return in.error();
  std::vector<DeviceSince> devices;
  for (auto& asked : question.devices) {
    asked.declared = declared_of_(asked.device.device_id).value_or(std::vector<Declared>{});
    devices.push_back(asked.device);
  }
  const auto range = plan_history(question.range, clock_.now(), {});
  if (!range) return range.error();
  const auto choices = numbers_of(question.devices);
  const auto attribute = question.attribute.value_or(choices.empty() ? "" : choices.front().declared.name);

  const auto latest = store_.latest(devices);
  const auto trends = attribute.empty() ? std::map<std::string, Trend>{}
                                        : store_.trends(devices, attribute, *range, question.range.points);
  Json answer = {{"from", core::to_iso(range->from)},
                 {"to", core::to_iso(range->to)},
                 {"attribute", attribute.empty() ? Json() : Json(attribute)},
                 {"attributes", Json::array()},
                 {"items", Json::array()}};
  for (const auto& choice : choices)
    answer["attributes"].push_back({{"name", choice.declared.name}, {"unit", choice.declared.unit}});
  for (const auto& asked : question.devices) {
    const auto values = latest.find(asked.device.device_id);
    const auto trend = trends.find(asked.device.device_id);
    answer["items"].push_back(item_json(asked, values == latest.end() ? LatestOf{} : values->second,
                                        attribute, trend == trends.end() ? nullptr : &trend->second));
  }
  return answer;
}

}  // namespace turnkey::ingest
