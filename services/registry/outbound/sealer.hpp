// SPDX-License-Identifier: Apache-2.0
// Seals small secrets for the database with AES-256-GCM under a key from the installation's secret file: who
// has the database alone has none of them. The file is a ring: its newest key seals, all open. Thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace turnkey::registry {

class Sealer {
 public:
  explicit Sealer(core::Secret ring);  // each at least 256 bits of randomness, in whatever form
  // `place` says where it belongs: what was sealed for one place opens at no other. These throw
  // std::runtime_error when OpenSSL cannot, or the file is not to be read.
  std::string seal(std::string_view plain, std::string_view place) const;  // bytes
  // Nothing when it was sealed with another secret, for another place, or was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view place) const;
  bool rotating() const;  // is there more than one?
  // Does it open with the one that seals now?
  bool sealed_anew(std::string_view sealed, std::string_view place) const;

 private:
  std::vector<std::string> keys() const;
  const core::Secret ring_;
};

}  // namespace turnkey::registry
