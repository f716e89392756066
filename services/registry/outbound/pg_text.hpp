// SPDX-License-Identifier: Apache-2.0
// How ids and times travel between PostgreSQL and our types, for the adapters of this folder.
#pragma once

#include <optional>
#include <pqxx/result>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

// A timestamptz column as text that core::from_iso reads, with exactly milliseconds.
#define TURNKEY_ISO(column) "to_char(" column " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

template <typename IdType>
std::string array_literal(const std::vector<IdType>& ids) {  // ids are hex: nothing to escape
  std::string text = "{";
  for (const auto& id : ids) text += (text.size() > 1 ? "," : "") + id.str();
  return text + "}";
}

template <typename IdType>
std::vector<IdType> ids_of(const pqxx::field& joined) {  // of array_to_string(x, ',')
  std::vector<IdType> ids;
  const std::string text = joined.is_null() ? "" : joined.as<std::string>();
  for (std::size_t at = 0; at < text.size(); at += 25) ids.push_back(IdType::trusted(text.substr(at, 24)));
  return ids;
}

template <typename IdType>
std::optional<IdType> id_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return IdType::trusted(field.as<std::string>());
}

inline core::Timestamp time_of(const pqxx::field& iso) {
  const auto time = core::from_iso(iso.as<std::string>());
  if (!time) throw std::runtime_error("the database holds a time that cannot be read");
  return *time;
}

inline std::optional<core::Timestamp> optional_time_of(const pqxx::field& iso) {
  if (iso.is_null()) return std::nullopt;
  return time_of(iso);
}

// For `ilike`: contains this text.
inline std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

inline std::string text_or_empty(const pqxx::field& field) {
  return field.is_null() ? "" : field.as<std::string>();
}

}  // namespace turnkey::registry
