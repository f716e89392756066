// SPDX-License-Identifier: Apache-2.0
// A connection that checks dial by hand: TCP, with TLS or without, bytes in and out. A certificate that is
// not to be trusted is no error here but something to look at. Not thread safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::http {

struct Endpoint {
  std::string host{};
  int port = 443;
  bool tls = true;
  std::string ca_file{};             // PEM, trusted in place of the system's authorities; "" for those
  std::string ca_pem{};              // likewise, as text
  std::chrono::seconds patience{5};  // for the connection, and for each write
};

class DialledStream {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  // `unavailable` with the detail `unreachable`, `no_tls` or `authorities` (these cannot be read).
  static core::Result<std::unique_ptr<DialledStream>> dial(const Endpoint& endpoint);
  ~DialledStream();
  DialledStream(const DialledStream&) = delete;
  DialledStream& operator=(const DialledStream&) = delete;

  const std::string& distrust() const;  // why the certificate is not to be trusted; "" = it is, or no TLS
  core::Timestamp certificate_ends() const;  // the earliest end of all that were shown
  bool send(std::string_view bytes);         // false: the connection has ended
  // What has come, `most` bytes at most, as soon as there is any; "" when there was none by then.
  std::string read(std::size_t most, Instant until);
  bool ended() const;

 private:
  struct Parts;
  explicit DialledStream(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace turnkey::http
