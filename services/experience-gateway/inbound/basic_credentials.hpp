// SPDX-License-Identifier: Apache-2.0
// What a device shows with HTTP Basic (RFC 7617): its access key as user name, its secret as password. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnkey::gateway {

struct BasicCredentials {
  std::string key;
  std::string secret;
};

// Nothing unless the header is `Basic` with strict base64 of a key and a secret in plain ASCII, as ours are,
// of at most 256 characters together.
std::optional<BasicCredentials> read_basic(std::string_view authorization);

}  // namespace turnkey::gateway
