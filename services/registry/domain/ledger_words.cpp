// SPDX-License-Identifier: Apache-2.0
#include "domain/ledger_words.hpp"

#include <algorithm>
#include <array>

#include "core/hash.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

constexpr std::array kWords = {"name", "group"};
constexpr const char* kSalt = "salt";
constexpr const char* kRedactedBy = "redactedBy";

}  // namespace

bool has_words(const Json& detail) {
  return detail.is_object() &&
         std::any_of(kWords.begin(), kWords.end(), [&](const char* name) { return detail.contains(name); });
}

std::optional<std::int64_t> redacted_by(const Json& line) {
  const auto it = line.is_object() ? line.find(kRedactedBy) : line.end();
  if (!line.is_object() || it == line.end() || !it->is_number_integer()) return std::nullopt;
  return it->get<std::int64_t>();
}

std::optional<std::string> without_words(const std::string& text, std::int64_t by) {
  Json line = Json::parse(text, nullptr, false);
  if (!line.is_object() || redacted_by(line) || !line.contains("detail") || !has_words(line["detail"]))
    return std::nullopt;
  for (const char* name : kWords) line["detail"].erase(name);
  line["detail"].erase(kSalt);
  line[kRedactedBy] = by;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string redaction_digest(const std::vector<std::string>& lines) {
  std::string hashes;
  for (const auto& line : lines) hashes += core::sha256_hex(line);
  return core::sha256_hex(hashes);
}

bool vouches(const Json& by, const std::vector<std::string>& lines) {
  const Json::json_pointer digest("/detail/digest");
  return by.is_object() && by.contains(digest) && by.at(digest) == redaction_digest(lines);
}

}  // namespace turnkey::registry
