// SPDX-License-Identifier: Apache-2.0
// Declared telemetry fields, and values that fit them. Shared by the registry (which owns recipes), the
// ingest service and the gateway (which both check reports against them).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::contracts {

enum class AttributeType { number, string, boolean, gps };
std::string_view to_string(AttributeType type);
std::optional<AttributeType> attribute_type_from(std::string_view name);

bool is_attribute_name(std::string_view name);  // ^[0-9a-zA-Z_-]{1,255}$

struct Attribute {
  std::string name;
  AttributeType type = AttributeType::number;
  std::string unit{};
  std::optional<double> min{};  // range of a gauge; no limit on what is accepted
  std::optional<double> max{};
  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;

// `prefix` names the place in errors ("attributes.3").
std::optional<Attribute> read_attribute(const Json& json, const std::string& prefix,
                                        std::vector<core::FieldError>& errors);
Json to_json(const Attribute& attribute);
Json to_json(const Attributes& attributes);
Attributes attributes_from_own_json(
    const Json& json);  // from our own database or events; skips what is wrong

}  // namespace turnkey::contracts
