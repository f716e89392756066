// SPDX-License-Identifier: Apache-2.0
// What several methods read and write alike.
#pragma once

#include <string>

#include "contracts/json.hpp"
#include "usecases/history.hpp"

namespace turnkey::ingest {

inline void move_errors(contracts::ObjectReader& from, contracts::ObjectReader& to) {
  for (auto& error : from.take_errors())
    to.wrong(error.field, std::move(error.code), std::move(error.message));
}

inline std::string prefix_of(const char* list, std::size_t index) {
  return std::string(list) + "." + std::to_string(index);
}

inline contracts::Json value_json(const LatestValue& value, const std::string& type) {
  if (!value.number) return value.text;
  if (type == "boolean") return *value.number != 0;
  return *value.number;
}

}  // namespace turnkey::ingest
