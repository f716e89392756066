// SPDX-License-Identifier: Apache-2.0
// Segments of the spool and of the broker's journal as a crash or a disk may leave them: whole entries with
// any bytes between, and the place where the next one begins. An entry that is read is written the same.
#include "domain/report_ranges.hpp"
#include "domain/spool_entry.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::ingest;
using turnkey::fuzz::must;

void try_segment(std::string_view bytes) {
  SpoolEntry entry;
  std::string again;
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t size = 0;
    const auto rest = bytes.substr(at);
    if (decode_frame(rest, entry, size) == Decoded::entry) {
      must(size >= kFrameOverhead && size <= rest.size());
      encode_frame(entry, again);
      must(again.size() == size);
      SpoolEntry same;
      must(decode_frame(again, same, size) == Decoded::entry && same.topic == entry.topic &&
           same.payload == entry.payload && same.report_id == entry.report_id &&
           same.received == entry.received);
      at += size;
      continue;
    }
    const auto next = find_frame(bytes, at + 1);
    must(next > at);
    at = next;
  }
}

// A frame around any bytes, so that the check does not keep the fuzzer outside.
void try_body(std::string_view bytes) {
  const auto [id, rest] = turnkey::fuzz::halves(bytes);
  const auto [topic, payload] = turnkey::fuzz::halves(rest);
  SpoolEntry entry;
  entry.report_id = id.substr(0, 255);
  entry.topic = topic;
  entry.payload = payload;
  entry.received = turnkey::core::from_epoch_ms(static_cast<std::int64_t>(bytes.size()) * 7919 - 4096);
  entry.replay = bytes.size() % 2 == 1;
  std::string frame;
  encode_frame(entry, frame);
  try_segment(std::string(payload) + frame + std::string(id) + frame.substr(0, frame.size() / 2) + frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = turnkey::fuzz::text_of(data, size);
  try_segment(text);
  try_body(text);
  if (const auto key = ReportKey::parse(text)) {
    const auto& [segment, index] = *key;
    must(ReportKey::parse(segment.journal + "-" + std::to_string(segment.segment) + "-" +
                          std::to_string(index)) == key);
  }
  return 0;
}
