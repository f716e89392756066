// SPDX-License-Identifier: Apache-2.0
#include "core/ids.hpp"

#include <algorithm>

#include "core/random.hpp"

namespace turnkey::core {

bool is_hex_id(std::string_view text) {
  return text.size() == 24 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string random_hex_id() { return random_hex(12); }

}  // namespace turnkey::core
