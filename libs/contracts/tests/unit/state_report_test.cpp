// SPDX-License-Identifier: Apache-2.0
#include "contracts/state_report.hpp"

#include <catch2/catch.hpp>

#include "contracts/report_time.hpp"

using namespace turnkey;
using contracts::Attribute;
using contracts::Attributes;
using contracts::AttributeType;

namespace {

const core::Timestamp kReceived = *core::from_iso("2026-11-22T21:48:05.130Z");

Attributes declared() {
  return {Attribute{"rpm", AttributeType::number}, Attribute{"running", AttributeType::boolean},
          Attribute{"firmware", AttributeType::string}, Attribute{"place", AttributeType::gps}};
}

contracts::ParsedStates parse(std::string_view payload) {
  return contracts::parse_state_message(payload, declared(), kReceived);
}

core::Timestamp time_of(const std::string& time_json) {
  const auto parsed = parse(R"({"data":{"rpm":1},"time":)" + time_json + "}");
  REQUIRE(parsed.reports.size() == 1);
  return parsed.reports[0].time;
}

std::size_t total(const std::map<std::string, std::size_t>& counts) {
  std::size_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("a report is read with its values and the receive stamp where it has no time") {
  const auto parsed =
      parse(R"({"data":{"rpm":1500.5,"running":true,"firmware":"1.2","place":"59.33, 18.07"}})");
  REQUIRE(parsed.reports.size() == 1);
  CHECK(parsed.received == 1);
  CHECK(parsed.reports[0].time == kReceived);
  CHECK_FALSE(parsed.reports[0].device_time);
  CHECK(parsed.reports[0].readings.size() == 4);
  CHECK(parsed.refused_values.empty());
}

TEST_CASE("every form of time that firmware sends is understood") {
  const auto expected = *core::from_iso("2026-11-22T21:40:00.500Z");
  CHECK(time_of(R"({"$date":"2026-11-22T21:40:00.500Z"})") == expected);
  CHECK(time_of(R"({"$date":1795383600500})") == expected);
  CHECK(time_of(R"("2026-11-22T21:40:00.500Z")") == expected);
  CHECK(time_of("1795383600500") == expected);
  CHECK(time_of("1795383600.5") == expected);
  CHECK(time_of("-1500") == kReceived - core::Millis(1500));
}

TEST_CASE("an unreadable time falls back to the receive stamp") {
  for (const char* time :
       {"null", "true", "[]", "{}", R"({"$date":null})", R"("yesterday")", R"({"$date":{"a":1}})"}) {
    INFO(time);
    CHECK(time_of(time) == kReceived);
  }
}

TEST_CASE("reports older than thirty days or newer than a day are refused, at the boundary they are taken") {
  const auto report = [](core::Timestamp time) {
    return parse(R"({"data":{"rpm":1},"time":{"$date":")" + core::to_iso(time) + "\"}}");
  };
  CHECK(report(kReceived - contracts::kOldestReport).reports.size() == 1);
  CHECK(report(kReceived - contracts::kOldestReport - core::Millis(1)).refused_reports.at("time_too_old") ==
        1);
  CHECK(report(kReceived + contracts::kNewestReport).reports.size() == 1);
  CHECK(report(kReceived + contracts::kNewestReport + core::Millis(1)).refused_reports.at("time_in_future") ==
        1);
}

TEST_CASE("values that do not fit are refused by reason and the rest of the report is kept") {
  const auto parsed = parse(
      R"({"data":{"rpm":"fast","running":1,"firmware":null,"place":"91,0","unknown":1,"bad name":2,"rpm2":{"$undefined":true},"x":[1]}})");
  CHECK(parsed.reports.empty());
  CHECK(parsed.refused_reports.at("no_value_fits") == 1);
  CHECK(parsed.refused_values.at("wrong_type") == 4);
  CHECK(parsed.refused_values.at("undeclared") == 3);
  CHECK(parsed.refused_values.at("bad_name") == 1);
  const auto kept = parse(R"({"data":{"rpm":1500,"running":"yes"}})");
  REQUIRE(kept.reports.size() == 1);
  CHECK(kept.reports[0].readings.size() == 1);
  CHECK(kept.refused_values.at("wrong_type") == 1);
}

TEST_CASE("a backlog is read in order and each wrong report in it is counted by itself") {
  const auto parsed =
      parse(R"([{"data":{"rpm":1},"time":-2000},7,{"data":{}},{"data":{"rpm":2},"time":-1000}])");
  CHECK(parsed.received == 4);
  REQUIRE(parsed.reports.size() == 2);
  CHECK(parsed.reports[0].index == 0);
  CHECK(parsed.reports[1].index == 3);
  CHECK(parsed.refused_reports.at("not_an_object") == 1);
  CHECK(parsed.refused_reports.at("no_data") == 1);
}

TEST_CASE("S15: hostile bodies never throw, and each is counted as refused") {
  const std::string deep = std::string(100'000, '[');
  const std::string deep_data = R"({"data":{"rpm":)" + std::string(200, '[') + std::string(200, ']') + "}}";
  const std::string large(contracts::kMaxStatePayload + 1, ' ');
  for (const std::string& payload :
       {std::string(), std::string("{"), std::string("\xFF\xFE"), std::string("nul"),
        std::string("{\"data\":1e999}"), std::string("{\"data\":{\"rpm\":1e999}}"),
        std::string("{\"data\":{\"firmware\":\"\xC3\x28\"}}"), deep, deep_data, large, std::string("[]"),
        std::string("{\"data\":{\"firmware\":\"a\\u0000b\"}}"), std::string("\0", 1), std::string("NaN")}) {
    INFO(payload.substr(0, 60));
    const auto parsed = parse(payload);
    CHECK(parsed.reports.empty());
    CHECK(parsed.received == 1);
    CHECK(total(parsed.refused_reports) == 1);
    CHECK_NOTHROW(contracts::find_presses(payload, "register_button", kReceived));
  }
}

TEST_CASE("received is always the number of reports taken and refused") {
  for (const char* payload :
       {R"([{"data":{"rpm":1}},{"data":{"rpm":"x"}},null])", R"({"data":{"rpm":1}})", "x", "[1,2,3]"}) {
    const auto parsed = parse(payload);
    CHECK(parsed.received == parsed.reports.size() + total(parsed.refused_reports));
  }
}

TEST_CASE("a press is found as true, as a count, and not as false") {
  const auto find = [](const char* payload) {
    return contracts::find_presses(payload, "register_button", kReceived);
  };
  REQUIRE(find(R"({"data":{"register_button":true,"rpm":3}})").size() == 1);
  CHECK(find(R"({"data":{"register_button":3}})").at(0).count == 3);
  CHECK(find(R"({"data":{"register_button":false}})").at(0).released);
  CHECK(find(R"({"data":{"register_button":0}})").at(0).released);
  CHECK(find(R"({"data":{"register_button":"true"}})").empty());
  CHECK(find(R"({"data":{"register_button":2.5}})").empty());
  CHECK(find(R"({"data":{"register_button":101}})").empty());
  CHECK(find(R"({"data":{"rpm":1}})").empty());
}

TEST_CASE("a press in a backlog says how far it lies behind the newest report") {
  const auto presses = contracts::find_presses(
      R"([{"data":{"register_button":true},"time":-600000},{"data":{"rpm":1},"time":-1000},{"data":{"register_button":true}}])",
      "register_button", kReceived);
  REQUIRE(presses.size() == 2);
  CHECK(presses[0].older_than_newest == core::Millis(599'000));
  CHECK(presses[1].older_than_newest == core::Millis(0));
}
