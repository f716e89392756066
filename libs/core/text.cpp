// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

namespace turnkey::core {

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace turnkey::core
