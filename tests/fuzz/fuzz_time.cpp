// SPDX-License-Identifier: Apache-2.0
// Points of time as text (RFC 3339), and encodings of bytes as text.
#include "core/base64.hpp"
#include "core/base64url.hpp"
#include "core/time.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnkey::core;
  using turnkey::fuzz::must;
  const auto text = turnkey::fuzz::text_of(data, size);
  if (const auto time = from_iso(text)) {
    must(to_epoch_ms(*time) > -86'400'001 && to_epoch_ms(*time) < 253'402'387'200'000);
    must(from_epoch_ms(to_epoch_ms(*time)) == *time);
    // Years 1970 to 9999: an offset may carry a time a day beyond, which is not to be read again.
    if (to_epoch_ms(*time) >= 0 && to_epoch_ms(*time) < 253'402'300'800'000)
      must(from_iso(to_iso(*time)) == time);
  }
  must(from_base64(to_base64(text)) == text);
  must(from_base64url(to_base64url(text)) == text);
  if (const auto bytes = from_base64url(text)) must(to_base64url(*bytes) == text);
  return 0;
}
