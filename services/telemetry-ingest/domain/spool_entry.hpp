// SPDX-License-Identifier: Apache-2.0
// One message as it stands in the spool, little endian:
//
//   u32 magic  u32 length of what follows the check  u32 CRC-32 of it |
//   i64 time of receipt ms  u8 flags  u8 id length  u16 topic length  id  topic  payload
//
// A reader that meets anything else stands at the torn end of a segment, or in a damaged place.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace turnkey::ingest {

// Where an entry begins: bytes into a segment file. Segments are numbered upwards for ever.
struct SpoolPosition {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const SpoolPosition&) const = default;
};

struct SpoolEntry {
  std::string report_id{};   // the broker's id; empty when it gave none
  core::Timestamp received;  // the broker's stamp; the arrival here when it gave none
  bool replay = false;       // sent again from the broker's journal
  bool retained = false;     // the device asked to retain it, or it was delivered because it was stored
  bool duplicate = false;    // marked as sent before
  std::string topic{};
  std::string payload{};
};

inline constexpr std::size_t kFrameOverhead = 24;
inline constexpr std::size_t kMaxPayload = 256 * 1024 + 1;  // a longer one is cut: it is refused as too large
inline constexpr std::size_t kMaxFrame = kFrameOverhead + 255 + 65'535 + kMaxPayload;

// Replaces `out`, keeping its memory for the next call.
void encode_frame(const SpoolEntry& entry, std::string& out);

enum class Decoded { entry, incomplete, damaged };
// `size`: how many of the bytes the entry takes. `incomplete`: more bytes are needed.
Decoded decode_frame(std::string_view bytes, SpoolEntry& entry, std::size_t& size);
// Where the next frame may begin, not before `from`; the end (less a few bytes) when nowhere.
std::size_t find_frame(std::string_view bytes, std::size_t from);

}  // namespace turnkey::ingest
