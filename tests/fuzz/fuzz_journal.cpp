// SPDX-License-Identifier: Apache-2.0
// Segments of the broker's journal of any bytes, and whole entries among them.
#include "domain/journal_entry.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::broker;
using turnkey::fuzz::must;

void try_segment(std::string_view bytes) {
  JournalEntry entry;
  std::string again;
  std::size_t size = 0;
  while (!bytes.empty() && decode_entry(bytes, entry, size) == Decoded::entry) {
    must(size >= kEntryOverhead && size <= bytes.size() && size <= kMaxEntryBytes);
    encode_entry(entry, again);
    JournalEntry same;
    std::size_t length = 0;
    must(decode_entry(again, same, length) == Decoded::entry && length == size && same.topic == entry.topic &&
         same.payload == entry.payload && same.index == entry.index &&
         same.received_ms == entry.received_ms && same.retained == entry.retained);
    bytes.remove_prefix(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = turnkey::fuzz::text_of(data, size);
  try_segment(text);
  const auto [topic, payload] = turnkey::fuzz::halves(text);
  JournalEntry entry;
  entry.index = static_cast<std::uint32_t>(size * 2654435761U);
  entry.received_ms = static_cast<std::int64_t>(size) * 7919 - 4096;
  entry.retained = size % 2 == 1;
  entry.topic = std::string_view(topic).substr(0, 512);
  entry.payload = payload;
  std::string frame;
  encode_entry(entry, frame);
  try_segment(frame + frame + payload);
  try_segment(frame.substr(0, frame.size() / 2) + payload);
  return 0;
}
