// SPDX-License-Identifier: Apache-2.0
// Lengths as people count them, and foreign text within a sentence of ours. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace turnkey::registry {

// Characters of valid UTF-8, not bytes.
inline std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Valid UTF-8 in quotes, cut to what somebody needs to recognise it; what would not be seen, or would turn
// the line around, shows as U+FFFD.
std::string in_quotes(std::string_view utf8);

}  // namespace turnkey::registry
