// SPDX-License-Identifier: Apache-2.0
#include "domain/picture.hpp"

namespace turnkey::registry {

using namespace std::string_view_literals;

std::optional<std::string_view> picture_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return "image/jpeg";
  if (bytes.size() >= 16 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 7) == "WEBPVP8"sv)
    return "image/webp";
  return std::nullopt;
}

}  // namespace turnkey::registry
