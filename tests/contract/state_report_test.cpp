// SPDX-License-Identifier: Apache-2.0
// State reports: what firmware may send, Losant's own clients among it, is taken whole; what the schema
// refuses is refused and counted, wholly or value by value, and never more than that.
#include "contracts/state_report.hpp"

#include <catch2/catch.hpp>

#include "documents.hpp"

using namespace turnkey;
using contracts::AttributeType;
using tests::Json;

namespace {

const core::Timestamp kReceived = *core::from_iso("2026-11-22T21:48:06.000Z");

const contracts::Attributes kDeclared = {{"rpm", AttributeType::number},
                                         {"running", AttributeType::boolean},
                                         {"firmware", AttributeType::string},
                                         {"message", AttributeType::string},
                                         {"place", AttributeType::gps},
                                         {"engine", AttributeType::number},
                                         {"register_button", AttributeType::boolean}};

contracts::Attributes declared_for(const std::string& example) {
  contracts::Attributes declared = kDeclared;
  if (example.ends_with(".press-count")) declared.back().type = AttributeType::number;
  return declared;
}

std::size_t total(const std::map<std::string, std::size_t>& counts) {
  std::size_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("every golden report is taken whole, with the device's time where it has one") {
  for (const auto& example : tests::good_examples("state-report")) {
    INFO(example.name);
    const auto parsed = contracts::parse_state_message(example.text, declared_for(example.name), kReceived);
    CHECK(parsed.refused_reports.empty());
    CHECK(parsed.refused_values.empty());
    const Json message = Json::parse(example.text);
    const Json reports = message.is_array() ? message : Json::array({message});
    REQUIRE(parsed.reports.size() == reports.size());
    for (const auto& report : parsed.reports) {
      const Json& sent = reports[report.index];
      CHECK(report.readings.size() == sent["data"].size());
      CHECK(report.device_time == sent.contains("time"));
      for (const auto& reading : report.readings)
        CHECK(contracts::to_json(reading.value) == sent["data"][reading.attribute]);
    }
  }
}

TEST_CASE("every report to be refused is refused by a reason, and the sum is right") {
  for (const auto& example : tests::refused_examples("state-report")) {
    INFO(example.name);
    const auto parsed = contracts::parse_state_message(example.text, kDeclared, kReceived);
    CHECK(total(parsed.refused_reports) + total(parsed.refused_values) >= 1);
    CHECK(parsed.received == parsed.reports.size() + total(parsed.refused_reports));
    CHECK_NOTHROW(contracts::find_presses(example.text, "register_button", kReceived));
  }
}

TEST_CASE("a value that does not fit does not take the others with it") {
  for (const auto& example : tests::refused_examples("state-report")) {
    if (!example.name.ends_with(".one-value-of-two")) continue;
    const auto parsed = contracts::parse_state_message(example.text, kDeclared, kReceived);
    REQUIRE(parsed.reports.size() == 1);
    CHECK(parsed.reports[0].readings.size() == 1);
    CHECK(parsed.refused_values.at("wrong_type") == 1);
  }
}
