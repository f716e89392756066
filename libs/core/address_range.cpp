// SPDX-License-Identifier: Apache-2.0
#include "core/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace turnkey::core {
namespace {

constexpr std::size_t kMappedBytes = 12;  // of ::ffff:a.b.c.d, before the IPv4 address
constexpr std::array<std::uint8_t, kMappedBytes> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kBits = 128;
constexpr unsigned kMappedBits = 8 * kMappedBytes;
constexpr std::size_t kLongest = INET6_ADDRSTRLEN;

// "0" to "128", without signs and leading zeros.
std::optional<unsigned> prefix_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return number;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > kLongest || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + kMappedBytes) == 1) return address;
  return std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

std::string IpAddress::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = is_v4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMappedBytes : 0), text.data(), text.size());
  return text.data();
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = IpAddress::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  AddressRange range;
  range.first_ = *first;
  range.prefix_bits_ = kBits;
  if (slash != std::string_view::npos) {
    const bool written_as_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const auto prefix = prefix_of(text.substr(slash + 1));
    if (!prefix || *prefix > (written_as_v4 ? kBits - kMappedBits : kBits)) return std::nullopt;
    range.prefix_bits_ = static_cast<std::uint8_t>(*prefix + (written_as_v4 ? kMappedBits : 0));
  }
  for (unsigned bit = range.prefix_bits_; bit < kBits; ++bit) {
    if ((first->bytes_[bit / 8] & (0x80U >> (bit % 8))) != 0) return std::nullopt;
  }
  return range;
}

bool AddressRange::contains(const IpAddress& address) const {
  if (first_.is_v4() != address.is_v4()) return false;
  const std::size_t whole = prefix_bits_ / 8;
  if (!std::equal(first_.bytes_.begin(), first_.bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes_.begin()))
    return false;
  const unsigned rest = prefix_bits_ % 8;
  return rest == 0 || ((first_.bytes_[whole] ^ address.bytes_[whole]) >> (8 - rest)) == 0;
}

std::string AddressRange::str() const {
  return first_.str() + "/" + std::to_string(prefix_bits_ - (first_.is_v4() ? kMappedBits : 0));
}

}  // namespace turnkey::core
