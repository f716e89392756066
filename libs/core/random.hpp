// SPDX-License-Identifier: Apache-2.0
// The one source of randomness: OpenSSL's CSPRNG, seeded by the operating system. Thread safe.
// Throws std::runtime_error when the system has no entropy to give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace turnkey::core {

void random_bytes(std::span<unsigned char> out);
std::string random_hex(std::size_t bytes);        // 2 * bytes lower-case hex characters
std::string random_uuid();                        // RFC 4122 version 4
std::uint64_t random_below(std::uint64_t bound);  // uniform in [0, bound); bound >= 1

}  // namespace turnkey::core
