// SPDX-License-Identifier: Apache-2.0
#include "outbound/sealer.hpp"

#include "core/hash.hpp"
#include "core/seal.hpp"

namespace turnkey::registry {

Sealer::Sealer(std::string_view secret)
    : key_(core::view(core::sha256("turnkey seal 1 " + std::string(secret)))) {}

std::string Sealer::seal(std::string_view plain, std::string_view place) const {
  return core::seal(key_, plain, place);
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view place) const {
  return core::unseal(key_, sealed, place);
}

}  // namespace turnkey::registry
