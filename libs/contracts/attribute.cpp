// SPDX-License-Identifier: Apache-2.0
#include "contracts/attribute.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace turnkey::contracts {
namespace {

constexpr std::array<std::pair<AttributeType, std::string_view>, 4> kTypes = {{
    {AttributeType::number, "number"},
    {AttributeType::string, "string"},
    {AttributeType::boolean, "boolean"},
    {AttributeType::gps, "gps"},
}};

std::optional<double> read_limit(ObjectReader& in, const Json& json, const char* name) {
  if (!in.present(name)) return std::nullopt;
  const Json& value = json.at(name);
  if (!value.is_number()) {
    in.wrong(name, "wrong_type", "a number is needed");
    return std::nullopt;
  }
  return value.get<double>();
}

}  // namespace

std::string_view to_string(AttributeType type) {
  for (const auto& [value, name] : kTypes) {
    if (value == type) return name;
  }
  return "number";
}

std::optional<AttributeType> attribute_type_from(std::string_view name) {
  for (const auto& [value, known] : kTypes) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

std::optional<Attribute> read_attribute(const Json& json, const std::string& prefix,
                                        std::vector<core::FieldError>& errors) {
  ObjectReader in(json, prefix);
  in.allow_only({"name", "type", "unit", "min", "max"});
  Attribute attribute;
  attribute.name = in.text("name");
  if (!attribute.name.empty() && !is_attribute_name(attribute.name)) {
    in.wrong("name", "bad_name", "only letters, digits, - and _ are allowed");
  }
  const std::string type = in.text("type");
  const auto parsed = attribute_type_from(type);
  if (!parsed && !type.empty()) in.wrong("type", "unknown", "number, string, boolean or gps is needed");
  attribute.type = parsed.value_or(AttributeType::number);
  attribute.unit = in.optional_text("unit", 0, 32).value_or("");
  attribute.min = read_limit(in, json, "min");
  attribute.max = read_limit(in, json, "max");
  if (attribute.min && attribute.max && *attribute.min >= *attribute.max) {
    in.wrong("max", "out_of_range", "it must be greater than min");
  }
  const bool ok = in.ok();
  for (auto& error : in.take_errors()) errors.push_back(std::move(error));
  if (!ok) return std::nullopt;
  return attribute;
}

Json to_json(const Attribute& attribute) {
  Json json = {{"name", attribute.name}, {"type", to_string(attribute.type)}, {"unit", attribute.unit}};
  json["min"] = attribute.min ? Json(*attribute.min) : Json(nullptr);
  json["max"] = attribute.max ? Json(*attribute.max) : Json(nullptr);
  return json;
}

Json to_json(const Attributes& attributes) {
  Json json = Json::array();
  for (const auto& attribute : attributes) json.push_back(to_json(attribute));
  return json;
}

Attributes attributes_from_own_json(const Json& json) {
  Attributes attributes;
  if (!json.is_array()) return attributes;
  std::vector<core::FieldError> ignored;
  for (const Json& item : json) {
    if (auto attribute = read_attribute(item, "", ignored)) attributes.push_back(std::move(*attribute));
  }
  return attributes;
}

}  // namespace turnkey::contracts
