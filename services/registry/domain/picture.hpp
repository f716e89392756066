// SPDX-License-Identifier: Apache-2.0
// Pictures of models. What is inside decides what a picture is, not what its sender says. No SVG: it can hold
// scripts. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::registry {

inline constexpr std::size_t kMaxPicture = 512 * 1024;  // bytes

struct Picture {
  std::string content_type;
  std::string bytes;
};

// "image/png", "image/jpeg" or "image/webp" by the first bytes; nothing for anything else.
std::optional<std::string_view> picture_type(std::string_view bytes);

}  // namespace turnkey::registry
