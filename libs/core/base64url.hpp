// SPDX-License-Identifier: Apache-2.0
// base64url without padding (RFC 4648 section 5), as tokens carry it. Each byte string has exactly one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

std::string to_base64url(std::string_view bytes);
// Nothing for padding, blanks, characters of plain base64, and last bits that no encoder leaves set.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace turnkey::core
