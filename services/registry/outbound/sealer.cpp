// SPDX-License-Identifier: Apache-2.0
#include "outbound/sealer.hpp"

#include <stdexcept>
#include <utility>

#include "core/hash.hpp"
#include "core/seal.hpp"

namespace turnkey::registry {

Sealer::Sealer(core::Secret ring) : ring_(std::move(ring)) {}

std::vector<std::string> Sealer::keys() const {
  auto keys = ring_.all();
  if (keys.empty()) throw std::runtime_error("the seal key cannot be read");
  for (auto& key : keys) key = core::view(core::sha256("turnkey seal 1 " + key));
  return keys;
}

std::string Sealer::seal(std::string_view plain, std::string_view place) const {
  return core::seal(keys().back(), plain, place);
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view place) const {
  for (const auto& key : keys()) {
    if (auto plain = core::unseal(key, sealed, place)) return plain;
  }
  return std::nullopt;
}

bool Sealer::rotating() const { return keys().size() > 1; }

bool Sealer::sealed_anew(std::string_view sealed, std::string_view place) const {
  return core::unseal(keys().back(), sealed, place).has_value();
}

}  // namespace turnkey::registry
