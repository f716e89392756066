// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/spool_entry.hpp"

using namespace turnkey;
using namespace turnkey::ingest;

namespace {

SpoolEntry entry(std::string payload) {
  return {
      "0123456789abcdef-3-7", core::from_epoch_ms(1'795'000'000'123), true, false, true, "devices/x/state",
      std::move(payload)};
}

std::string frame(const SpoolEntry& one) {
  std::string out;
  encode_frame(one, out);
  return out;
}

}  // namespace

TEST_CASE("an entry comes out of its frame as it went in") {
  const auto payload = GENERATE(std::string(), std::string("{\"data\":{}}"), std::string(200'000, 'x'));
  const auto bytes = frame(entry(payload)) + "next";
  SpoolEntry read;
  std::size_t size = 0;
  REQUIRE(decode_frame(bytes, read, size) == Decoded::entry);
  CHECK(size == bytes.size() - 4);
  CHECK(read.report_id == "0123456789abcdef-3-7");
  CHECK(core::to_epoch_ms(read.received) == 1'795'000'000'123);
  CHECK((read.replay && !read.retained && read.duplicate));
  CHECK(read.topic == "devices/x/state");
  CHECK(read.payload == payload);
}

TEST_CASE("a frame that breaks off anywhere is incomplete, never an entry") {
  const auto bytes = frame(entry("payload"));
  SpoolEntry read;
  std::size_t size = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK(decode_frame(std::string_view(bytes).substr(0, length), read, size) == Decoded::incomplete);
  }
}

TEST_CASE("a changed byte makes a frame damaged or incomplete, and the next frame is found") {
  const auto bytes = frame(entry("payload"));
  const auto two = bytes + bytes;
  SpoolEntry read;
  std::size_t size = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = two;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    CHECK(decode_frame(damaged, read, size) != Decoded::entry);
    CHECK(find_frame(damaged, 1) == bytes.size());
  }
}

TEST_CASE("a payload beyond the limit is cut to one byte more than is allowed, and so refused later") {
  SpoolEntry read;
  std::size_t size = 0;
  REQUIRE(decode_frame(frame(entry(std::string(400'000, 'x'))), read, size) == Decoded::entry);
  CHECK(read.payload.size() == 256 * 1024 + 1);
}
