// SPDX-License-Identifier: Apache-2.0
// SHA-256 for secrets of 256 random bits and for the ledger's chain (passwords use Argon2id, see registry).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view data);
std::string sha256_hex(std::string_view data);  // 64 lower-case hex characters
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(
    std::string_view hex);  // upper and lower case; nothing when it is not hex
bool equal_in_constant_time(std::string_view a, std::string_view b);  // length may leak, content not

}  // namespace turnkey::core
