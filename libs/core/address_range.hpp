// SPDX-License-Identifier: Apache-2.0
// Internet addresses and ranges of them (CIDR), as lists of allowed addresses have them. An IPv4 address
// that travels inside IPv6 (::ffff:192.0.2.1) is the IPv4 address; a range of IPv6 never holds one of IPv4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

class IpAddress {
 public:
  static std::optional<IpAddress> parse(std::string_view text);  // without port, brackets and zone
  bool is_v4() const;
  std::string str() const;
  bool operator==(const IpAddress&) const = default;

 private:
  friend class AddressRange;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 as ::ffff:a.b.c.d
};

class AddressRange {
 public:
  // "203.0.113.0/24", "2001:db8::/32", or an address alone. The bits behind the prefix must be zero, so that
  // nobody means another range than they write.
  static std::optional<AddressRange> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string str() const;  // one spelling for one range, always with its prefix
  bool operator==(const AddressRange&) const = default;

 private:
  IpAddress first_;
  std::uint8_t prefix_bits_ = 0;  // of 128, for IPv4 too
};

}  // namespace turnkey::core
