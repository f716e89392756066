// SPDX-License-Identifier: Apache-2.0
#include "domain/access_key.hpp"

namespace turnkey::broker {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// `dashes`: whether the text has the hyphens of a UUID.
bool parse_hex(std::string_view text, std::uint8_t* out, std::size_t size, bool dashes) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (dashes && (i == 4 || i == 6 || i == 8 || i == 10)) {
      if (text[at++] != '-') return false;
    }
    const int high = nibble(text[at]);
    const int low = nibble(text[at + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return at == text.size();
}

std::string format_hex(const std::uint8_t* bytes, std::size_t size, bool dashes) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    if (dashes && (i == 4 || i == 6 || i == 8 || i == 10)) out.push_back('-');
    out.push_back(kDigits[bytes[i] >> 4U]);
    out.push_back(kDigits[bytes[i] & 0x0FU]);
  }
  return out;
}

}  // namespace

template <>
std::optional<AccessKey> AccessKey::parse(std::string_view text) {
  AccessKey key;
  if (text.size() != 36 || !parse_hex(text, key.bytes.data(), key.bytes.size(), true)) return std::nullopt;
  return key;
}

template <>
std::string AccessKey::str() const {
  return format_hex(bytes.data(), bytes.size(), true);
}

template <>
std::optional<DeviceId> DeviceId::parse(std::string_view text) {
  DeviceId id;
  if (text.size() != 24 || !parse_hex(text, id.bytes.data(), id.bytes.size(), false)) return std::nullopt;
  return id;
}

template <>
std::string DeviceId::str() const {
  return format_hex(bytes.data(), bytes.size(), false);
}

}  // namespace turnkey::broker
