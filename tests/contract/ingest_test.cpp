// SPDX-License-Identifier: Apache-2.0
// What telemetry-ingest answers, as the gateway hands it on to the page or takes it to pieces.
#include <catch2/catch.hpp>

#include "core/ids.hpp"
#include "documents.hpp"
#include "inbound/rpc_queries.hpp"

using namespace turnkey;
using ingest::RpcQueries;
using tests::Json;

namespace {

const core::Timestamp kNow = *core::from_iso("2026-11-22T21:48:05.130Z");

// The last hour of a device that reported one attribute of each type once.
class OneSampleEach final : public ingest::HistoryStore {
 public:
  std::map<std::string, std::vector<ingest::Bucket>> buckets(const std::string&, ingest::Values kind,
                                                             const std::vector<std::string>&,
                                                             const ingest::HistoryRange& range) override {
    if (kind == ingest::Values::texts) return {{"firmware", {{range.from, 1, {}, {}, {}, "1.4.2"}}}};
    return {{"rpm", {{range.from, 12, 1490.0, 1495.25, 1500.5, ""}}},
            {"running", {{range.from, 4, 0.0, 0.5, 1.0, ""}}}};
  }
  std::map<std::string, ingest::LatestOf> latest(const std::vector<ingest::DeviceSince>& devices) override {
    if (devices.empty()) return {};
    return {{devices.front().device_id,
             {kNow,
              {{"rpm", {kNow, 1500.5, ""}},
               {"running", {kNow, 1.0, ""}},
               {"firmware", {kNow, {}, "1.4.2"}},
               {"place", {kNow, {}, "59.3293, 18.0686"}}}}}};
  }
  std::map<std::string, ingest::Trend> trends(const std::vector<ingest::DeviceSince>& devices,
                                              const std::string& attribute, const ingest::HistoryRange&,
                                              int points) override {
    if (attribute != "rpm") return {};
    ingest::Trend trend(static_cast<std::size_t>(points));
    trend.back() = 1500.5;
    return {{devices.front().device_id, trend}};
  }
  std::vector<ingest::ConnectionLine> connections(const ingest::DeviceSince&, int) override {
    return {{kNow, true, ""}};
  }
  std::map<std::string, std::map<std::string, std::int64_t>> counters() override {
    return {{"received", {{"", 6}}}, {"stored", {{"", 3}}},          {"duplicate", {{"", 1}}},
            {"missing", {{"", 5}}},  {"refused", {{"not_json", 2}}}, {"values_refused", {{"wrong_type", 4}}}};
  }
};

class FixedClock final : public core::Clock {
 public:
  core::Timestamp now() const override { return kNow; }
};

std::optional<std::vector<ingest::Declared>> declared(const std::string&) {
  return std::vector<ingest::Declared>{{"rpm", "number", "1/min"},
                                       {"running", "boolean", ""},
                                       {"firmware", "string", ""},
                                       {"place", "gps", ""}};
}

struct Ingest {
  OneSampleEach store;
  FixedClock clock;
  ingest::FilterPresses presses{
      ingest::PressFilter([](std::string_view, const std::string&,
                             core::Timestamp) { return std::vector<ingest::FoundPress>(); },
                          [](const std::string&) { return std::optional<std::string>(); }),
      clock, [](const ingest::Announcement&) {}};
  RpcQueries queries{store, presses, clock, declared, [] { return kNow - std::chrono::seconds(7); }};
  const std::string device = core::DeviceId::random().str();
};

void check_schema(const std::string& schema, const Json& message) {
  INFO(message.dump());
  CHECK(tests::schemas().refusal(schema, message) == "");
}

}  // namespace

TEST_CASE("history is telemetry as its schema has it, of every type") {
  Ingest ingest;
  const auto history = ingest.queries.history({{"deviceId", ingest.device}});
  REQUIRE(history);
  CHECK(history->at("attributes").size() == 4);
  CHECK(history->at("attributes").at("firmware").contains("last"));
  CHECK(history->at("behindSeconds") == 7);
  check_schema("telemetry", *history);
}

TEST_CASE("the latest values are what the page gets of a device") {
  Ingest ingest;
  const auto reply = ingest.queries.latest({{"devices", {{{"deviceId", ingest.device}}}}});
  REQUIRE(reply);
  const Json& item = reply->at("items").at(0);
  for (const auto& example : tests::good_examples("device-details")) {
    Json details = Json::parse(example.text);
    details["latest"] = item.at("latest");
    details["lastSeenAt"] = item.at("lastSeenAt");
    check_schema("device-details", details);
    CHECK(details["latest"].size() == 4);
  }
}

TEST_CASE("the counters are what operators get of them") {
  Ingest ingest;
  const auto reply = ingest.queries.counters();
  REQUIRE(reply);
  check_schema("telemetry-counters", *reply);
  CHECK(reply->at("refused") == Json{{"not_json", 2}});
}

TEST_CASE("recent presses are those that were or would have been published") {
  Ingest ingest;
  ingest.presses.remember(ingest.device, {"0123456789abcdef-7-4096", 0, kNow, 2});
  const auto id = core::ProvisioningId::random().str();
  const Json window = {{"provisioningId", id},
                       {"deviceId", ingest.device},
                       {"startedAt", core::to_iso(kNow)},
                       {"expiresAt", core::to_iso(kNow + std::chrono::minutes(5))},
                       {"registerAttribute", "register_button"}};
  const auto reply = ingest.queries.recent_presses({{"windows", Json::array({window})}});
  REQUIRE(reply);
  REQUIRE(reply->at("items").size() == 1);
  Json press = reply->at("items").at(0);
  CHECK(press["provisioningId"] == id);
  press.erase("provisioningId");
  check_schema("press", press);
}

TEST_CASE("the connection log is what the page gets of it") {
  Ingest ingest;
  const auto log = ingest.queries.connections({{"deviceId", ingest.device}});
  REQUIRE(log);
  check_schema("connection-log", *log);
}

TEST_CASE("a fleet has the number that its devices declare, and the fault that a tag names") {
  Ingest ingest;
  const std::string other = core::DeviceId::random().str();
  const auto reply = ingest.queries.fleet({{"devices",
                                            {{{"deviceId", ingest.device}, {"faultAttribute", "running"}},
                                             {{"deviceId", other}, {"faultAttribute", "unheard_of"}}}}});
  REQUIRE(reply);
  CHECK(reply->at("attribute") == "rpm");
  CHECK(reply->at("attributes").size() == 1);  // neither booleans nor texts
  const Json& item = reply->at("items").at(0);
  CHECK(item.at("faulted") == true);
  CHECK(item.at("latest").at("value") == 1500.5);
  CHECK(item.at("points").size() == 24);
  CHECK(item.at("points").back() == 1500.5);
  CHECK_FALSE(reply->at("items").at(1).contains("faulted"));

  const auto text =
      ingest.queries.fleet({{"devices", {{{"deviceId", ingest.device}}}}, {"attribute", "place"}});
  REQUIRE(text);
  CHECK_FALSE(text->at("items").at(0).contains("latest"));
  CHECK_FALSE(ingest.queries.fleet({{"devices", Json::array()}, {"points", 101}}));
  const auto none = ingest.queries.fleet({{"devices", Json::array()}});
  REQUIRE(none);
  CHECK(none->at("attribute").is_null());
}
