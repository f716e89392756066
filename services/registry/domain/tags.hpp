// SPDX-License-Identifier: Apache-2.0
// Tags: short texts under short keys, on devices, users and as a recipe's defaults. Pure.
#pragma once

#include <string>

#include "contracts/json.hpp"
#include "domain/user.hpp"

namespace turnkey::registry {

inline constexpr std::size_t kMaxTags = 64;
inline constexpr std::size_t kMaxTagKey = 64;     // characters
inline constexpr std::size_t kMaxTagValue = 255;  // characters

// Wrong entries become errors of `in` under `field`.
Tags read_tags(const contracts::Json& object, const std::string& field, contracts::ObjectReader& in);
contracts::Json to_json(const Tags& tags);
Tags tags_from_own_json(const std::string& text);  // from our own database

}  // namespace turnkey::registry
