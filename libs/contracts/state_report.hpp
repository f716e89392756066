// SPDX-License-Identifier: Apache-2.0
// What a device publishes on its state topic, read once for all services that look at it. Nothing that a
// device sends can throw or harm: what does not fit is refused and counted by reason. Pure; thread safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contracts/attribute.hpp"
#include "core/time.hpp"

namespace turnkey::contracts {

inline constexpr std::size_t kMaxStatePayload = 256 * 1024;  // bytes (design.md section 4)
inline constexpr std::size_t kMaxStringValue = 16 * 1024;    // bytes of one string value
inline constexpr std::size_t kMaxReportsInArray = 10'000;

using Value = std::variant<double, bool, std::string>;  // gps is a string "lat,lon" in decimal degrees

struct Reading {
  std::string attribute;
  AttributeType type = AttributeType::number;
  Value value;
};

struct StateReport {
  core::Timestamp time;      // the device's own time where it is readable, else the receive stamp
  bool device_time = false;  // whether `time` came from the device
  std::size_t index = 0;     // place in the array
  std::vector<Reading> readings;
};

// Why a whole report was refused: "not_json", "too_large", "not_an_object", "no_data", "time_too_old",
// "time_in_future", "no_value_fits", "too_many_reports". Why a value was: "undeclared", "wrong_type",
// "bad_name", "too_long", "bad_character", "not_finite".
struct ParsedStates {
  std::vector<StateReport> reports;
  std::map<std::string, std::size_t> refused_reports;
  std::map<std::string, std::size_t> refused_values;
  std::size_t received = 0;  // reports in the message; one when it could not be read at all
};

// `received` is the broker's receive stamp. Reports more than 30 days older or one day newer than it are
// refused.
ParsedStates parse_state_message(std::string_view payload, const Attributes& declared,
                                 core::Timestamp received);

// A press: how often the register attribute was reported as pressed (true -> 1, a whole number 1..100 -> that
// many), for each report of the message that has it. Independent of declared attributes. `older_than_newest`
// is how far a report in an array lies behind the newest one by the device's own clock (a backlog: not made
// now).
struct PressInMessage {
  std::size_t index = 0;
  int count = 1;
  bool released = false;  // the attribute was reported as false or 0: the end of an edge, counts nothing
  core::Millis older_than_newest{0};
};
std::vector<PressInMessage> find_presses(std::string_view payload, std::string_view register_attribute,
                                         core::Timestamp received);

Json to_json(const Value& value);

}  // namespace turnkey::contracts
