// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, with padding, without line ends): how bytes travel in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

std::string to_base64(std::string_view bytes);
// Nothing for what `to_base64` cannot have made.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace turnkey::core
