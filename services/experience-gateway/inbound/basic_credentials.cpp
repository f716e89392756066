// SPDX-License-Identifier: Apache-2.0
#include "inbound/basic_credentials.hpp"

#include <strings.h>

#include <algorithm>

#include "core/base64.hpp"

namespace turnkey::gateway {
namespace {

constexpr std::string_view kScheme = "Basic ";
constexpr std::size_t kMaxDecoded = 256;
constexpr std::size_t kMaxHeader = kScheme.size() + (kMaxDecoded + 2) / 3 * 4;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::optional<BasicCredentials> read_basic(std::string_view authorization) {
  if (authorization.size() <= kScheme.size() || authorization.size() > kMaxHeader) return std::nullopt;
  if (strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) return std::nullopt;
  const auto decoded = core::from_base64(authorization.substr(kScheme.size()));
  if (!decoded || decoded->size() > kMaxDecoded || !is_plain(*decoded)) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace turnkey::gateway
