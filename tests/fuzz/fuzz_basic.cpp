// SPDX-License-Identifier: Apache-2.0
// The Authorization header of a device that reports over HTTP, as it comes and around any bytes.
#include "core/base64.hpp"
#include "fuzz.hpp"
#include "inbound/basic_credentials.hpp"

namespace {

using turnkey::core::to_base64;
using turnkey::fuzz::must;

void check(const std::string& header) {
  const auto read = turnkey::gateway::read_basic(header);
  if (!read) return;
  must(!read->key.empty() && read->key.find(':') == std::string::npos);
  const auto again = turnkey::gateway::read_basic("Basic " + to_base64(read->key + ":" + read->secret));
  must(again && again->key == read->key && again->secret == read->secret);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(turnkey::fuzz::text_of(data, size));
  check(text);
  check("Basic " + text);
  check("Basic " + to_base64(text));
  return 0;
}
