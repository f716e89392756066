// SPDX-License-Identifier: Apache-2.0
// Where a request goes: the server's address, and the path with its query, percent-encoded. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace turnkey::http {

// "https://turnkey.example:8443": scheme, host and port, no path. Plain http only to this machine itself.
struct BaseUrl {
  bool tls = true;
  std::string host;  // without the brackets of an IPv6 address
  int port = 443;
  std::string str() const;  // as an Origin header has it: no default port, no slash at the end
  bool operator==(const BaseUrl&) const = default;
};
core::Result<BaseUrl> parse_base_url(std::string_view text);

// "https://hooks.example/turnkey?x=1", plain http to anywhere too. No user, no fragment; the target as it was
// written, "/" when there is none.
struct WholeUrl {
  BaseUrl base;
  std::string target;
};
core::Result<WholeUrl> parse_whole_url(std::string_view text);

// Everything but unreserved characters (RFC 3986) as %XX.
std::string percent_encoded(std::string_view text);

// Target("/api/devices").part(serial).part("release").query("q", text)
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}
  Target& part(std::string_view segment);
  Target& query(std::string_view name, std::string_view value);
  Target& query_if(std::string_view name, std::string_view value);  // nothing when the value is empty
  const std::string& str() const { return text_; }

 private:
  std::string text_;
  bool has_query_ = false;
};

}  // namespace turnkey::http
