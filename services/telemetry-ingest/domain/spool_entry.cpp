// SPDX-License-Identifier: Apache-2.0
#include "domain/spool_entry.hpp"

#include <algorithm>
#include <array>

namespace turnkey::ingest {
namespace {

constexpr std::uint32_t kMagic = 0x50534b54;  // "TKSP"
constexpr std::size_t kBeforeCheck = 12;
constexpr unsigned kReplay = 1;
constexpr unsigned kRetained = 2;
constexpr unsigned kDuplicate = 4;

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    table[i] = value;
  }
  return table;
}

std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return ~crc;
}

template <typename Number>
void put(std::string& out, Number number) {
  auto bits = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i, bits >>= 8U) out += static_cast<char>(bits & 0xFFU);
}

template <typename Number>
Number get(std::string_view bytes, std::size_t at) {
  std::uint64_t bits = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    bits = (bits << 8U) | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<Number>(bits);
}

void overwrite(std::string& out, std::size_t at, std::uint32_t number) {
  std::string bytes;
  put(bytes, number);
  out.replace(at, bytes.size(), bytes);
}

unsigned flags_of(const SpoolEntry& entry) {
  return (entry.replay ? kReplay : 0U) | (entry.retained ? kRetained : 0U) |
         (entry.duplicate ? kDuplicate : 0U);
}

}  // namespace

void encode_frame(const SpoolEntry& entry, std::string& out) {
  const auto id = std::string_view(entry.report_id).substr(0, 255);
  const auto topic = std::string_view(entry.topic).substr(0, 65'535);
  out.clear();
  put(out, kMagic);
  out.append(kBeforeCheck - sizeof kMagic, '\0');
  put(out, core::to_epoch_ms(entry.received));
  put(out, static_cast<std::uint8_t>(flags_of(entry)));
  put(out, static_cast<std::uint8_t>(id.size()));
  put(out, static_cast<std::uint16_t>(topic.size()));
  out += id;
  out += topic;
  out += std::string_view(entry.payload).substr(0, kMaxPayload);
  overwrite(out, 4, static_cast<std::uint32_t>(out.size() - kBeforeCheck));
  overwrite(out, 8, crc32(std::string_view(out).substr(kBeforeCheck)));
}

Decoded decode_frame(std::string_view bytes, SpoolEntry& entry, std::size_t& size) {
  if (bytes.size() < kFrameOverhead) return Decoded::incomplete;
  const auto length = get<std::uint32_t>(bytes, 4);
  if (get<std::uint32_t>(bytes, 0) != kMagic || length < kFrameOverhead - kBeforeCheck ||
      length > kMaxFrame - kBeforeCheck) {
    return Decoded::damaged;
  }
  size = kBeforeCheck + length;
  if (bytes.size() < size) return Decoded::incomplete;
  const auto body = bytes.substr(kBeforeCheck, length);
  const std::size_t id_length = get<std::uint8_t>(body, 9);
  const std::size_t topic_length = get<std::uint16_t>(body, 10);
  const std::size_t head = kFrameOverhead - kBeforeCheck;
  if (crc32(body) != get<std::uint32_t>(bytes, 8) || head + id_length + topic_length > body.size())
    return Decoded::damaged;
  const unsigned flags = get<std::uint8_t>(body, 8);
  entry.received = core::from_epoch_ms(get<std::int64_t>(body, 0));
  entry.replay = (flags & kReplay) != 0;
  entry.retained = (flags & kRetained) != 0;
  entry.duplicate = (flags & kDuplicate) != 0;
  entry.report_id = body.substr(head, id_length);
  entry.topic = body.substr(head + id_length, topic_length);
  entry.payload = body.substr(head + id_length + topic_length);
  return Decoded::entry;
}

std::size_t find_frame(std::string_view bytes, std::size_t from) {
  std::string magic;
  put(magic, kMagic);
  const std::size_t found = bytes.find(magic, from);
  if (found != std::string_view::npos) return found;
  // The beginning of one may stand at the very end.
  return std::max(from, bytes.size() - std::min<std::size_t>(bytes.size(), magic.size() - 1));
}

}  // namespace turnkey::ingest
