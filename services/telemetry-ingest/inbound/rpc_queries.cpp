// SPDX-License-Identifier: Apache-2.0
#include "inbound/rpc_queries.hpp"

#include <algorithm>

#include "core/ids.hpp"
#include "inbound/rpc_shapes.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;
using contracts::ObjectReader;

constexpr std::size_t kDevicesAtOnce = 200;
constexpr std::size_t kWindowsAtOnce = 1000;
constexpr int kConnectionsAtMost = 1000;
constexpr int kConnectionsUsually = 100;

Json number_or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

bool is_text(const std::string& type) { return type == "string" || type == "gps"; }

// Texts have no minimum: their points carry the count, and `last` the last text of each point.
Json series_json(const Declared& declared, const std::vector<Bucket>& buckets) {
  Json series = {{"type", declared.type}, {"unit", declared.unit}, {"points", Json::array()}};
  for (const auto& bucket : buckets) {
    series["points"].push_back({core::to_iso(bucket.time), number_or_null(bucket.min),
                                number_or_null(bucket.avg), number_or_null(bucket.max), bucket.count});
    if (is_text(declared.type)) series["last"].push_back(bucket.last);
  }
  return series;
}

std::vector<std::string> names_of(const std::vector<Declared>& declared, Values kind) {
  std::vector<std::string> names;
  for (const auto& attribute : declared) {
    if (is_text(attribute.type) == (kind == Values::texts)) names.push_back(attribute.name);
  }
  return names;
}

HistoryRequest read_history(ObjectReader& in) {
  HistoryRequest request;
  request.since = in.optional_time("since");
  request.from = in.optional_time("from");
  request.to = in.optional_time("to");
  request.points = static_cast<int>(in.optional_integer("points", 1, kMaxPoints).value_or(request.points));
  const Json* names = in.optional_array("attributes", kMaxAttributes);
  for (std::size_t i = 0; names != nullptr && i < names->size(); ++i) {
    if ((*names)[i].is_string()) {
      request.attributes.push_back((*names)[i].get<std::string>());
    } else {
      in.wrong(prefix_of("attributes", i), "wrong_type", "a text is needed");
    }
  }
  return request;
}

Json latest_json(const std::string& device_id, const LatestOf& latest,
                 const std::vector<Declared>& declared) {
  Json item = {{"deviceId", device_id}, {"latest", Json::object()}};
  if (latest.last_seen_at) item["lastSeenAt"] = core::to_iso(*latest.last_seen_at);
  for (const auto& attribute : declared) {
    const auto it = latest.values.find(attribute.name);
    if (it == latest.values.end() || it->second.number.has_value() == is_text(attribute.type)) continue;
    item["latest"][attribute.name] = {{"value", value_json(it->second, attribute.type)},
                                      {"time", core::to_iso(it->second.time)}};
  }
  return item;
}

struct AskedWindow {
  std::string device_id;
  OpenWindow window;
};

AskedWindow read_window(const Json& json, ObjectReader& outer, std::size_t index) {
  ObjectReader in(json, prefix_of("windows", index));
  AskedWindow asked;
  asked.window.provisioning_id = in.id<core::ProvisioningId>("provisioningId").str();
  asked.device_id = in.id<core::DeviceId>("deviceId").str();
  asked.window.started_at = in.time("startedAt");
  asked.window.expires_at = in.time("expiresAt");
  move_errors(in, outer);
  return asked;
}

}  // namespace

void RpcQueries::serve(bus::RpcServer& server) {
  using bus::CallContext;
  server.on("latest", [this](const Json& request, const CallContext&) { return latest(request); });
  server.on("history", [this](const Json& request, const CallContext&) { return history(request); });
  server.on("fleet", [this](const Json& request, const CallContext&) { return fleet(request); });
  server.on("connections", [this](const Json& request, const CallContext&) { return connections(request); });
  server.on("counters", [this](const Json&, const CallContext&) { return counters(); });
  server.on("recent_presses",
            [this](const Json& request, const CallContext&) { return recent_presses(request); });
}

RpcQueries::Answer RpcQueries::latest(const Json& request) {
  ObjectReader in(request);
  const Json* devices = in.array("devices", kDevicesAtOnce);
  if (devices != nullptr && devices->empty()) in.wrong("devices", "required", "1 to 200 devices are needed");
  std::vector<DeviceSince> asked;
  for (std::size_t i = 0; devices != nullptr && i < devices->size(); ++i) {
    ObjectReader device((*devices)[i], prefix_of("devices", i));
    asked.push_back({device.id<core::DeviceId>("deviceId").str(), device.optional_time("since")});
    move_errors(device, in);
  }
  if (!in.ok()) return in.error();
  const auto found = store_.latest(asked);
  Json items = Json::array();
  for (const auto& device : asked) {
    const auto it = found.find(device.device_id);
    const auto declared = declared_of_(device.device_id).value_or(std::vector<Declared>{});
    items.push_back(latest_json(device.device_id, it == found.end() ? LatestOf{} : it->second, declared));
  }
  return Json{{"items", std::move(items)}};
}

RpcQueries::Answer RpcQueries::history(const Json& request) {
  ObjectReader in(request);
  const auto device_id = in.id<core::DeviceId>("deviceId").str();
  HistoryRequest wanted = read_history(in);
  if (!in.ok()) return in.error();
  auto declared = declared_of_(device_id);
  if (!declared) return core::not_found();
  std::vector<std::string> names;
  for (const auto& attribute : *declared) names.push_back(attribute.name);
  const auto now = clock_.now();
  const auto planned = plan_history(wanted, now, names);
  if (!planned) return planned.error();
  const auto range = with_level(*planned, now);
  if (!wanted.attributes.empty()) {
    std::erase_if(*declared, [&](const Declared& attribute) {
      return std::find(wanted.attributes.begin(), wanted.attributes.end(), attribute.name) ==
             wanted.attributes.end();
    });
  }
  // The type of an attribute may have been another one once: what is shown fits the one of today.
  std::map<std::string, std::vector<Bucket>> found;
  for (const auto kind : {Values::numbers, Values::texts})
    found.merge(store_.buckets(device_id, kind, names_of(*declared, kind), range));
  Json attributes = Json::object();
  for (const auto& attribute : *declared)
    attributes[attribute.name] = series_json(attribute, found[attribute.name]);
  return Json{{"from", core::to_iso(range.from)},
              {"to", core::to_iso(range.to)},
              {"behindSeconds", behind_seconds(oldest_waiting_(), clock_.now())},
              {"attributes", std::move(attributes)}};
}

RpcQueries::Answer RpcQueries::connections(const Json& request) {
  ObjectReader in(request);
  const DeviceSince device{in.id<core::DeviceId>("deviceId").str(), in.optional_time("since")};
  const auto limit = in.optional_integer("limit", 1, kConnectionsAtMost).value_or(kConnectionsUsually);
  if (!in.ok()) return in.error();
  Json items = Json::array();
  for (const auto& line : store_.connections(device, static_cast<int>(limit))) {
    items.push_back({{"at", core::to_iso(line.at)}, {"connected", line.connected}, {"reason", line.reason}});
  }
  return Json{{"items", std::move(items)}};
}

RpcQueries::Answer RpcQueries::counters() {
  auto all = store_.counters();
  const auto reasons = [&](const char* name) {
    Json json = Json::object();
    for (const auto& [reason, value] : all[name]) json[reason] = value;
    return json;
  };
  return Json{{"received", all["received"][""]},   {"stored", all["stored"][""]},
              {"duplicate", all["duplicate"][""]}, {"missing", all["missing"][""]},
              {"refused", reasons("refused")},     {"valuesRefused", reasons("values_refused")}};
}

RpcQueries::Answer RpcQueries::recent_presses(const Json& request) {
  ObjectReader in(request);
  const Json* windows = in.array("windows", kWindowsAtOnce);
  std::vector<AskedWindow> asked;
  for (std::size_t i = 0; windows != nullptr && i < windows->size(); ++i)
    asked.push_back(read_window((*windows)[i], in, i));
  if (!in.ok()) return in.error();
  Json items = Json::array();
  for (const auto& [device_id, window] : asked) {
    for (const auto& press : presses_.within(device_id, window)) {
      items.push_back({{"provisioningId", window.provisioning_id},
                       {"pressId", press.id()},
                       {"at", core::to_iso(press.at)},
                       {"count", press.count}});
    }
  }
  return Json{{"items", std::move(items)}};
}

}  // namespace turnkey::ingest
