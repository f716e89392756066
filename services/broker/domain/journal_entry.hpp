// SPDX-License-Identifier: Apache-2.0
// One state report as it stands in a journal segment, little endian:
//
//   u32 magic  u32 length of what follows the check  u32 CRC-32C of it |
//   u32 index  i64 receive time ms  u8 flags  u8 0  u16 topic length  topic  payload
//
// A reader that meets anything else stands at the torn end of a segment.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace turnkey::broker {

struct JournalPosition {
  std::uint64_t segment = 0;
  std::uint32_t index = 0;
  auto operator<=>(const JournalPosition&) const = default;
};

struct JournalEntry {
  std::uint32_t index = 0;
  std::int64_t received_ms = 0;
  bool retained = false;  // the device asked to retain it
  std::string_view topic;
  std::string_view payload;
};

inline constexpr std::size_t kMaxReportBytes = 256UL * 1024;
inline constexpr std::size_t kEntryOverhead = 28;
inline constexpr std::size_t kMaxEntryBytes = kEntryOverhead + 512 + kMaxReportBytes;

// Replaces `out`, keeping its memory for the next call.
void encode_entry(const JournalEntry& entry, std::string& out);

enum class Decoded { entry, incomplete, damaged };
// `entry` looks into `bytes`; `size` is how much of them it takes. `incomplete`: more bytes are needed.
Decoded decode_entry(std::string_view bytes, JournalEntry& entry, std::size_t& size);

std::uint32_t crc32c(std::string_view bytes);

}  // namespace turnkey::broker
