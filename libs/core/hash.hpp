// SPDX-License-Identifier: Apache-2.0
// SHA-256 for secrets of 256 random bits and for the ledger's chain (passwords use Argon2id, see registry).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view data);
std::string sha256_hex(std::string_view data);  // 64 lower-case hex characters
// The same of a text that comes in pieces.
class Sha256Sum {
 public:
  Sha256Sum();
  ~Sha256Sum();
  void add(std::string_view piece);
  Sha256 end();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};
std::string_view view(const Sha256& digest);  // its 32 bytes
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(
    std::string_view hex);  // upper and lower case; nothing when it is not hex
bool equal_in_constant_time(std::string_view a, std::string_view b);  // length may leak, content not

}  // namespace turnkey::core
