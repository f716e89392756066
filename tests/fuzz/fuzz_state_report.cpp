// SPDX-License-Identifier: Apache-2.0
// State reports of any bytes: what a device may send on its state topic, over MQTT or HTTP.
#include <cmath>

#include "contracts/state_report.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::contracts;
using turnkey::fuzz::must;

const Attributes kDeclared = {{"n", AttributeType::number, "", 0, 100},
                              {"s", AttributeType::string},
                              {"b", AttributeType::boolean},
                              {"g", AttributeType::gps}};
const auto kReceived = turnkey::core::from_epoch_ms(1'795'384'085'130);

void check(const Reading& reading) {
  must(is_attribute_name(reading.attribute));
  if (reading.type == AttributeType::number) must(std::isfinite(std::get<double>(reading.value)));
  if (reading.type == AttributeType::boolean) must(std::holds_alternative<bool>(reading.value));
  if (const auto* text = std::get_if<std::string>(&reading.value)) {
    must(text->size() <= kMaxStringValue && text->find('\0') == std::string::npos);
  }
  must(!to_json(reading.value).dump().empty());  // throws on text that is not UTF-8
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto payload = turnkey::fuzz::text_of(data, size);
  const ParsedStates states = parse_state_message(payload, kDeclared, kReceived);
  std::size_t refused = 0;
  for (const auto& [reason, count] : states.refused_reports) refused += count;
  must(states.received >= 1 || payload.find('[') != payload.npos);
  must(states.received == states.reports.size() + refused);
  for (const StateReport& report : states.reports) {
    must(!report.readings.empty());
    must(report.time <= kReceived + std::chrono::hours(24) &&
         report.time >= kReceived - std::chrono::hours(24 * 30));
    for (const Reading& reading : report.readings) check(reading);
  }
  for (const PressInMessage& press : find_presses(payload, "b", kReceived)) {
    must(press.count >= 0 && press.count <= 100);
    must(press.older_than_newest.count() >= 0);
  }
  return 0;
}
