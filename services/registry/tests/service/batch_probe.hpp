// SPDX-License-Identifier: Apache-2.0
// What the tests of batches look at: the rows of a file, what the database holds, secrets that are where none
// may be.
#pragma once

#include <fmt/format.h>

#include <unordered_set>

#include "service/system.hpp"

namespace turnkey::registry::tests {

inline std::string serials(const std::string& prefix, int count) {
  std::string csv = "serial\n";
  for (int i = 0; i < count; ++i) csv += fmt::format("{}-{:06}\n", prefix, i);
  return csv;
}

inline std::int64_t count(System& s, const std::string& what) {
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  return pqxx::nontransaction(connection)
      .exec1("select count(*) from registry." + what)[0]
      .as<std::int64_t>();
}

// How many of the secrets are anywhere in the text.
inline std::size_t found_in(const std::string& text, const std::vector<System::Made>& made) {
  std::unordered_set<std::string_view> secrets;
  for (const auto& one : made) secrets.insert(one.secret);
  std::size_t found = 0;
  for (std::size_t at = 0; at + 64 <= text.size(); ++at)
    found += secrets.count(std::string_view(text).substr(at, 64));
  return found;
}

inline std::size_t listed(System& s, const std::string& q) {
  return s.must("list_devices", System::as(s.ops, {{"q", q}}))["items"].size();
}

}  // namespace turnkey::registry::tests
