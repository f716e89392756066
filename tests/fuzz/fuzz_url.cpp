// SPDX-License-Identifier: Apache-2.0
// Addresses of installations and of webhooks' receivers of any bytes.
#include "fuzz.hpp"
#include "http/target.hpp"

namespace {

using namespace turnkey::http;
using turnkey::fuzz::must;

bool is_plain(const std::string& text) {
  for (const char c : text)
    if (c <= ' ' || c >= 0x7F) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = turnkey::fuzz::text_of(data, size);
  if (const auto base = parse_base_url(text)) {
    must(is_plain(base->str()) && parse_base_url(base->str()).has_value() &&
         *parse_base_url(base->str()) == *base);
  }
  if (const auto whole = parse_whole_url(text)) {
    // Nothing that could end a line of the request, and the same when it is read again.
    must(is_plain(whole->target) && is_plain(whole->base.str()) && whole->target.starts_with('/'));
    const auto again = parse_whole_url(whole->base.str() + whole->target);
    must(again.has_value() && again->base == whole->base && again->target == whole->target);
  }
  must(is_plain(percent_encoded(text)));
  return 0;
}
