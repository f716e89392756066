// SPDX-License-Identifier: Apache-2.0
#include "domain/serial_pattern.hpp"

#include <algorithm>

namespace turnkey::registry {
namespace {

constexpr std::size_t kLongest = 64;  // characters, as of a serial
constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::optional<SerialPattern> SerialPattern::parse(std::string_view text) {
  std::string normalised;
  for (const char c : text) {
    if (is_blank(c)) continue;
    if (normalised.size() == kLongest) return std::nullopt;
    normalised.push_back(upper(c));
  }
  if (normalised.empty() || normalised.find_first_not_of(kAllowed) != std::string::npos) return std::nullopt;
  return SerialPattern(std::move(normalised));
}

// When something does not fit, only the last star seen is made longer: what earlier ones hold need not
// change.
bool SerialPattern::matches(const core::Serial& serial) const {
  const std::string& given = serial.str();
  std::size_t at = 0;
  std::size_t here = 0;
  std::size_t star = std::string::npos;
  std::size_t star_ends = 0;
  while (here < given.size()) {
    if (at < text_.size() && text_[at] == '*') {
      star = at++;
      star_ends = here;
    } else if (at < text_.size() && (text_[at] == '?' || text_[at] == given[here])) {
      ++at;
      ++here;
    } else if (star != std::string::npos) {
      at = star + 1;
      here = ++star_ends;
    } else {
      return false;
    }
  }
  return text_.find_first_not_of('*', at) == std::string::npos;
}

}  // namespace turnkey::registry
