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
  std::map<std::string, std::vector<ingest::Bucket>> buckets(const std::string&,
                                                             const std::vector<std::string>&,
                                                             const ingest::HistoryRange& range) override {
    return {{"rpm", {{range.from, 12, 1490.0, 1495.25, 1500.5, ""}}},
            {"running", {{range.from, 4, 0.0, 0.5, 1.0, ""}}},
            {"firmware", {{range.from, 1, {}, {}, {}, "1.4.2"}}}};
  }
  std::map<std::string, ingest::LatestOf> latest(const std::vector<ingest::DeviceSince>& devices) override {
    return {{devices.front().device_id,
             {kNow,
              {{"rpm", {kNow, 1500.5, ""}},
               {"running", {kNow, 1.0, ""}},
               {"firmware", {kNow, {}, "1.4.2"}},
               {"place", {kNow, {}, "59.3293, 18.0686"}}}}}};
  }
  std::vector<ingest::ConnectionLine> connections(const ingest::DeviceSince&, int) override {
    return {{kNow, true, ""}};
  }
  std::map<std::string, std::map<std::string, std::int64_t>> counters() override {
    return {{"received", {{"", 6}}},
            {"stored", {{"", 3}}},
            {"duplicate", {{"", 1}}},
            {"refused", {{"not_json", 2}}},
            {"values_refused", {{"wrong_type", 4}}}};
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
  RpcQueries queries{store, presses, clock, declared};
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
