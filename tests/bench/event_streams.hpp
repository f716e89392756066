// SPDX-License-Identifier: Apache-2.0
// Thousands of server-sent event streams of a running installation, through nginx with TLS, on one thread.
// They come from several addresses of this machine's loopback, because streams are limited by address.
// HTTP/1.0, so that answers are not cut into chunks. Thread safe, but for `open`, which one thread calls.
#pragma once

#include <openssl/ssl.h>

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/installation.hpp"

namespace turnkey::bench {

class EventStreams {
 public:
  // Runs on the streams' own thread with the number of the stream, in the order of opening, from 0 on.
  using OnEvent = std::function<void(std::size_t stream, std::string_view event)>;
  EventStreams(const tests::Installation& installation, OnEvent on_event);
  ~EventStreams();
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;

  // Returns when all are answered with 200; throws std::runtime_error when one is not.
  void open(const std::vector<std::string>& paths, const tests::User& user);
  std::size_t ended() const;  // of those that were open

 private:
  struct Stream;
  void run();
  void begin(Stream& stream);
  void advance(Stream& stream);
  bool shake_hands(Stream& stream);
  void read(Stream& stream);
  void take(Stream& stream, std::string_view text);
  void take_line(Stream& stream, std::string_view line);
  void answered(Stream& stream, int status);
  void end(Stream& stream);

  const int port_;
  const OnEvent on_event_;
  const int epoll_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_;
  mutable std::mutex mutex_;  // guards what follows, but not what is inside the streams
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::size_t opening_ = 0;
  std::size_t ended_ = 0;
  std::string failure_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::bench
