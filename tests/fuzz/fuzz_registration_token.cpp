// SPDX-License-Identifier: Apache-2.0
// Registration tokens and serial patterns of any bytes. The first byte chooses: the rest is a whole token, a
// header with its claims in clear (so that the JSON behind the base64 is reached), or a pattern with a
// serial.
#include "core/base64url.hpp"
#include "domain/registration_token.hpp"
#include "domain/serial_pattern.hpp"
#include "fuzz.hpp"

namespace {

namespace registry = turnkey::registry;
using turnkey::core::to_base64url;
using turnkey::fuzz::halves;
using turnkey::fuzz::must;

// What is accepted says no more than its claims: written anew, these are read as the same.
void try_token(const std::string& text) {
  const auto read = registry::read_token(text);
  if (!read) return;
  must(text.size() <= registry::kMaxRegistrationToken);
  must(text == read->signed_part + "." + read->signature);
  const auto again = registry::read_token(registry::unsigned_token(read->claims) + "." + read->signature);
  must(again && again->claims == read->claims);
  (void)registry::valid_at(read->claims, turnkey::core::from_epoch_ms(0));
}

void try_pattern(const std::string& pattern_text, const std::string& serial_text) {
  const auto pattern = registry::SerialPattern::parse(pattern_text);
  const auto serial = turnkey::core::Serial::parse(serial_text);
  if (!pattern || !serial) return;
  must(registry::SerialPattern::parse(pattern->str())->str() == pattern->str());
  must(registry::SerialPattern::trusted("*").matches(*serial));
  must(registry::SerialPattern::trusted(serial->str()).matches(*serial));
  (void)pattern->matches(*serial);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto [first, second] = halves(rest);
  switch (data[0] % 3) {
    case 0:
      try_token(std::string(rest));
      break;
    case 1:
      try_token(to_base64url(first) + "." + to_base64url(second) + "." + to_base64url(std::string(64, 's')));
      break;
    default:
      try_pattern(first, second);
  }
  return 0;
}
