// SPDX-License-Identifier: Apache-2.0
// Ids as the broker keeps them in memory: an access key is a UUID in 16 bytes, a device id 12 bytes. `parse`
// accepts only the one spelling that the registry issues (lower case), so that two spellings never meet.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::broker {

template <std::size_t Size, typename Tag>
struct PackedId {
  std::array<std::uint8_t, Size> bytes{};
  static std::optional<PackedId> parse(std::string_view text);
  std::string str() const;
  auto operator<=>(const PackedId&) const = default;
};

using AccessKey = PackedId<16, struct AccessKeyTag>;
using DeviceId = PackedId<12, struct DeviceTag>;

template <>
std::optional<AccessKey> AccessKey::parse(std::string_view text);
template <>
std::string AccessKey::str() const;
template <>
std::optional<DeviceId> DeviceId::parse(std::string_view text);
template <>
std::string DeviceId::str() const;

// The ids are random, so mixing two of their words spreads them well enough.
template <std::size_t Size, typename Tag>
std::uint64_t hash_of(const PackedId<Size, Tag>& id) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::memcpy(&first, id.bytes.data(), sizeof first);
  std::memcpy(&last, id.bytes.data() + Size - sizeof last, sizeof last);
  std::uint64_t mixed = (first ^ (last << 29U) ^ (last >> 35U)) * 0x9E3779B97F4A7C15ULL;
  mixed ^= mixed >> 32U;
  return mixed * 0xD6E8FEB86659FD93ULL;
}

}  // namespace turnkey::broker

template <std::size_t Size, typename Tag>
struct std::hash<turnkey::broker::PackedId<Size, Tag>> {
  std::size_t operator()(const turnkey::broker::PackedId<Size, Tag>& id) const noexcept {
    return turnkey::broker::hash_of(id);
  }
};
