// SPDX-License-Identifier: Apache-2.0
#include "contracts/state_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "contracts/report_time.hpp"

namespace turnkey::contracts {
namespace {

struct Refused {
  const char* reason;
};
using Fitted = std::variant<Value, Refused>;

bool is_coordinate(std::string_view text, double limit) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) &&
         std::abs(value) <= limit;
}

bool is_position(std::string_view text) {
  const auto comma = text.find(',');
  return comma != std::string_view::npos && is_coordinate(text.substr(0, comma), 90) &&
         is_coordinate(text.substr(comma + 1), 180);
}

Fitted fit_text(const Json& value) {
  if (!value.is_string()) return Refused{"wrong_type"};
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > kMaxStringValue) return Refused{"too_long"};
  if (text.find('\0') != std::string::npos) return Refused{"bad_character"};
  return Value(text);
}

Fitted fit(const Json& value, AttributeType type) {
  switch (type) {
    case AttributeType::number: {
      if (!value.is_number()) return Refused{"wrong_type"};
      const double number = value.get<double>();
      if (!std::isfinite(number)) return Refused{"not_finite"};
      return Value(number);
    }
    case AttributeType::boolean:
      if (!value.is_boolean()) return Refused{"wrong_type"};
      return Value(value.get<bool>());
    case AttributeType::string:
      return fit_text(value);
    case AttributeType::gps:
      if (!value.is_string() || !is_position(value.get_ref<const std::string&>()))
        return Refused{"wrong_type"};
      return Value(value.get_ref<const std::string&>());
  }
  return Refused{"wrong_type"};
}

const Attribute* find_attribute(const Attributes& declared, const std::string& name) {
  const auto it =
      std::find_if(declared.begin(), declared.end(), [&](const Attribute& a) { return a.name == name; });
  return it == declared.end() ? nullptr : &*it;
}

std::vector<Reading> read_values(const Json& data, const Attributes& declared,
                                 std::map<std::string, std::size_t>& refused) {
  std::vector<Reading> readings;
  for (const auto& [name, value] : data.items()) {
    const Attribute* attribute = find_attribute(declared, name);
    if (attribute == nullptr) {
      ++refused[is_attribute_name(name) ? "undeclared" : "bad_name"];
      continue;
    }
    Fitted fitted = fit(value, attribute->type);
    if (const auto* refusal = std::get_if<Refused>(&fitted)) {
      ++refused[refusal->reason];
    } else {
      readings.push_back({name, attribute->type, std::get<Value>(std::move(fitted))});
    }
  }
  return readings;
}

// One report into `out`: either among the reports or counted as refused.
void read_report(const Json& json, std::size_t index, const Attributes& declared, core::Timestamp received,
                 ParsedStates& out) {
  const auto refuse = [&](const char* reason) { ++out.refused_reports[reason]; };
  if (!json.is_object()) return refuse("not_an_object");
  const auto data = json.find("data");
  if (data == json.end() || !data->is_object() || data->empty()) return refuse("no_data");
  const auto time = read_report_time(json, received);
  if (time && *time < received - kOldestReport) return refuse("time_too_old");
  if (time && *time > received + kNewestReport) return refuse("time_in_future");
  auto readings = read_values(*data, declared, out.refused_values);
  if (readings.empty()) return refuse("no_value_fits");
  out.reports.push_back({time.value_or(received), time.has_value(), index, std::move(readings)});
}

ParsedStates refused_whole(const char* reason, std::size_t count = 1) {
  ParsedStates out;
  out.received = count;
  out.refused_reports[reason] = count;
  return out;
}

// How often the value says "pressed": nothing when it says neither pressed nor released.
std::optional<int> press_count(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (number < 0 || number > 100 || number != std::floor(number)) return std::nullopt;
  return static_cast<int>(number);
}

std::optional<PressInMessage> press_of(const Json& report, std::size_t index,
                                       std::string_view register_attribute) {
  if (!report.is_object()) return std::nullopt;
  const auto data = report.find("data");
  if (data == report.end() || !data->is_object()) return std::nullopt;
  const auto value = data->find(register_attribute);
  if (value == data->end()) return std::nullopt;
  const auto count = press_count(*value);
  if (!count) return std::nullopt;
  return PressInMessage{index, std::max(*count, 1), *count == 0, core::Millis(0)};
}

}  // namespace

ParsedStates parse_state_message(std::string_view payload, const Attributes& declared,
                                 core::Timestamp received) {
  if (payload.size() > kMaxStatePayload) return refused_whole("too_large");
  const auto json = parse_json(payload);
  if (!json) return refused_whole("not_json");
  ParsedStates out;
  if (!json->is_array()) {
    out.received = 1;
    read_report(*json, 0, declared, received, out);
    return out;
  }
  if (json->empty()) return refused_whole("no_data");
  if (json->size() > kMaxReportsInArray) return refused_whole("too_many_reports", json->size());
  out.received = json->size();
  for (std::size_t i = 0; i < json->size(); ++i) read_report((*json)[i], i, declared, received, out);
  return out;
}

std::vector<PressInMessage> find_presses(std::string_view payload, std::string_view register_attribute,
                                         core::Timestamp received) {
  std::vector<PressInMessage> presses;
  if (payload.size() > kMaxStatePayload) return presses;
  const auto json = parse_json(payload);
  if (!json) return presses;
  if (!json->is_array()) {
    if (auto press = press_of(*json, 0, register_attribute)) presses.push_back(*press);
    return presses;
  }
  std::optional<core::Timestamp> newest;
  const auto time_of = [&](const Json& report) {
    return report.is_object() ? read_report_time(report, received) : std::nullopt;
  };
  for (const Json& report : *json) newest = std::max(newest, time_of(report));
  for (std::size_t i = 0; i < json->size(); ++i) {
    auto press = press_of((*json)[i], i, register_attribute);
    if (!press) continue;
    const auto time = time_of((*json)[i]);
    if (time && newest) press->older_than_newest = *newest - *time;
    presses.push_back(*press);
  }
  return presses;
}

Json to_json(const Value& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

}  // namespace turnkey::contracts
