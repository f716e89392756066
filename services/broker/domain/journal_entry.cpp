// SPDX-License-Identifier: Apache-2.0
#include "domain/journal_entry.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace turnkey::broker {
namespace {

static_assert(std::endian::native == std::endian::little,
              "segments are written as the machine stores numbers");

constexpr std::uint32_t kMagic = 0x314A4B54;  // "TKJ1"
constexpr std::size_t kCheckedFrom = 12;
constexpr std::uint8_t kRetainedFlag = 1;

template <typename Number>
void put(std::string& out, Number value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof value);
}

template <typename Number>
Number get(std::string_view bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82F63B78U : value >> 1U;
    table[i] = value;
  }
  return table;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

void encode_entry(const JournalEntry& entry, std::string& out) {
  out.clear();
  put(out, kMagic);
  put(out,
      static_cast<std::uint32_t>(kEntryOverhead - kCheckedFrom + entry.topic.size() + entry.payload.size()));
  put(out, std::uint32_t{0});
  put(out, entry.index);
  put(out, entry.received_ms);
  put(out, entry.retained ? kRetainedFlag : std::uint8_t{0});
  put(out, std::uint8_t{0});
  put(out, static_cast<std::uint16_t>(entry.topic.size()));
  out.append(entry.topic);
  out.append(entry.payload);
  const std::uint32_t crc = crc32c(std::string_view(out).substr(kCheckedFrom));
  std::memcpy(out.data() + 8, &crc, sizeof crc);
}

Decoded decode_entry(std::string_view bytes, JournalEntry& entry, std::size_t& size) {
  if (bytes.size() < kEntryOverhead) return Decoded::incomplete;
  const auto length = get<std::uint32_t>(bytes, 4);
  if (get<std::uint32_t>(bytes, 0) != kMagic || length < kEntryOverhead - kCheckedFrom ||
      length > kMaxEntryBytes) {
    return Decoded::damaged;
  }
  if (bytes.size() < kCheckedFrom + length) return Decoded::incomplete;
  const std::string_view checked = bytes.substr(kCheckedFrom, length);
  const std::size_t topic_length = get<std::uint16_t>(bytes, 26);
  if (crc32c(checked) != get<std::uint32_t>(bytes, 8) ||
      kEntryOverhead - kCheckedFrom + topic_length > length) {
    return Decoded::damaged;
  }
  entry.index = get<std::uint32_t>(bytes, 12);
  entry.received_ms = get<std::int64_t>(bytes, 16);
  entry.retained = (get<std::uint8_t>(bytes, 24) & kRetainedFlag) != 0;
  entry.topic = checked.substr(kEntryOverhead - kCheckedFrom, topic_length);
  entry.payload = checked.substr(kEntryOverhead - kCheckedFrom + topic_length);
  size = kCheckedFrom + length;
  return Decoded::entry;
}

}  // namespace turnkey::broker
