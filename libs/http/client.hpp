// SPDX-License-Identifier: Apache-2.0
// The asking end of HTTP, for tools: TLS that is always verified, bodies that stream both ways, a deadline on
// every wait. Redirects are not followed and nothing is decompressed, so that what is sent goes where it was
// meant to and what comes is as large as it says.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "http/target.hpp"

namespace turnkey::http {

struct Answer {
  int status = 0;
  std::multimap<std::string, std::string> headers{};  // names in lower case
  std::string body{};                                 // empty when it was streamed
  std::string header(const std::string& lower_case_name) const;
};

struct Call {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string content_type{};
  std::string body{};
  // In place of `body`: fills `room` bytes at `into` from `offset`, says how many; 0 gives the request up.
  std::function<std::size_t(std::uint64_t offset, char* into, std::size_t room)> upload{};
  std::uint64_t upload_size = 0;
  std::function<void(const Answer&)> on_head{};           // status and headers have come
  std::function<bool(std::string_view piece)> on_body{};  // of an answer 2xx; false gives the request up
  std::size_t largest = 32 * 1024 * 1024;                 // bytes of a collected body
  std::chrono::seconds silence{30};                       // the longest wait for the next byte
  std::chrono::seconds deadline{60};                      // for all of it
};

// One connection, kept open between calls. Not thread safe.
class Client {
 public:
  // `ca_file`: PEM, trusted in place of the system's authorities; "" for those. `address`: where the host's
  // name leads to, without asking for it; "" to ask.
  Client(BaseUrl url, const std::string& ca_file, const std::string& address = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Whatever status the server gives is an answer. An error is `unavailable` with the detail
  //   unreachable  nothing was sent      certificate  nothing was sent: who answers has not proven who it is
  //   broken       the connection ended, the server may have acted      timeout  likewise, a deadline is over
  //   given_up     `upload` or `on_body` did not want to go on          too_large  a collected body over
  //   `largest`
  core::Result<Answer> send(const Call& call);
  const BaseUrl& url() const { return url_; }

 private:
  struct Connection;
  BaseUrl url_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace turnkey::http
