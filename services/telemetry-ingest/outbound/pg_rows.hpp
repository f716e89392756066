// SPDX-License-Identifier: Apache-2.0
// Small pieces that the statements share.
#pragma once

#include <optional>
#include <pqxx/field>
#include <pqxx/transaction>
#include <string>

#include "contracts/json.hpp"
#include "core/time.hpp"

namespace turnkey::ingest {

// A time in milliseconds since the epoch, in SQL.
inline std::string ms_of(const std::string& column) {
  return "(extract(epoch from " + column + ") * 1000)::bigint";
}

// Rows as one parameter: `select ... from jsonb_to_recordset($1::jsonb) as ...`.
inline std::string text_of(const contracts::Json& rows) {
  return rows.dump(-1, ' ', false, contracts::Json::error_handler_t::replace);
}

template <typename Number>
std::optional<Number> optional_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<Number>();
}

}  // namespace turnkey::ingest
