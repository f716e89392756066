// SPDX-License-Identifier: Apache-2.0
// Lengths as people count them. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace turnkey::registry {

// Characters of valid UTF-8, not bytes.
inline std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace turnkey::registry
