// SPDX-License-Identifier: Apache-2.0
// What the targets share: a promise that must hold for every input, and an input in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace turnkey::fuzz {

inline void must(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Cuts at the first line feed.
inline std::pair<std::string, std::string> halves(std::string_view text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, end)), std::string(text.substr(end + 1))};
}

}  // namespace turnkey::fuzz
