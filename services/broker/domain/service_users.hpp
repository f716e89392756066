// SPDX-License-Identifier: Apache-2.0
// The services that may log in, from the text of the services file: lines `name:sha256hex`, blank lines and
// lines that begin with `#` aside.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/hash.hpp"
#include "core/result.hpp"

namespace turnkey::broker {

class ServiceUsers {
 public:
  // `invalid` with a sentence that names the line: unknown service, no hash, the hash of an empty password,
  // a name or a hash that comes twice, or no service at all.
  static core::Result<ServiceUsers> parse(std::string_view text);
  bool accepts(std::string_view name, std::string_view password) const;

 private:
  std::map<std::string, core::Sha256, std::less<>> hashes_;
};

}  // namespace turnkey::broker
