// SPDX-License-Identifier: Apache-2.0
// Seals small secrets for the database with AES-256-GCM under a key from the installation's secret file: who
// has the database alone has none of them. Thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnkey::registry {

class Sealer {
 public:
  explicit Sealer(std::string_view secret);  // at least 256 bits of randomness, in whatever form
  // `place` says where it belongs: what was sealed for one place opens at no other.
  // Throws std::runtime_error when OpenSSL cannot.
  std::string seal(std::string_view plain, std::string_view place) const;  // bytes
  // Nothing when it was sealed with another secret, for another place, or was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

 private:
  const std::string key_;
};

}  // namespace turnkey::registry
