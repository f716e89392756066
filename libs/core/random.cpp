// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "core/hash.hpp"

namespace turnkey::core {

void random_bytes(std::span<unsigned char> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
    throw std::runtime_error("the system gives no random numbers");
  }
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  random_bytes({reinterpret_cast<unsigned char*>(raw.data()), raw.size()});
  return to_hex(raw);
}

std::string random_uuid() {
  std::array<unsigned char, 16> raw{};
  random_bytes(raw);
  raw[6] = static_cast<unsigned char>((raw[6] & 0x0F) | 0x40);
  raw[8] = static_cast<unsigned char>((raw[8] & 0x3F) | 0x80);
  const std::string hex = to_hex({reinterpret_cast<const char*>(raw.data()), raw.size()});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::uint64_t random_below(std::uint64_t bound) {
  // Values from the incomplete last stretch are drawn again, else small results would be likelier.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::array<unsigned char, sizeof(std::uint64_t)> raw{};
    random_bytes(raw);
    std::uint64_t value = 0;
    std::memcpy(&value, raw.data(), sizeof value);
    if (value < limit) return value % bound;
  }
}

}  // namespace turnkey::core
