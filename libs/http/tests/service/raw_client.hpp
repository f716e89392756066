// SPDX-License-Identifier: Apache-2.0
// A raw client of the server under test: what is sent and what comes back, byte by byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "http/server.hpp"

namespace turnkey::http::testing {

using namespace std::chrono_literals;

class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Connection() { close(fd_); }
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
  Connection& operator=(Connection&&) = delete;
  void send(const std::string& text) {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  // Reads until the text has come, the server has closed, or the time is over.
  bool sees(const std::string& wanted, std::chrono::milliseconds timeout = 5s) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (seen_.find(wanted) == std::string::npos && !closed_ && std::chrono::steady_clock::now() < end)
      read_some();
    return seen_.find(wanted) != std::string::npos;
  }
  std::string all() {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!closed_ && std::chrono::steady_clock::now() < end) read_some();
    return seen_;
  }
  bool closed() const { return closed_; }

 private:
  void read_some() {
    pollfd wanted{fd_, POLLIN, 0};
    if (poll(&wanted, 1, 50) != 1) return;
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    closed_ = got <= 0;
    if (got > 0) seen_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int fd_;
  std::string seen_;
  bool closed_ = false;
};

inline std::string ask(int port, const std::string& request) {
  Connection connection(port);
  connection.send(request);
  return connection.all();
}

inline std::string get(int port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

inline http::ServerOptions options(int threads = 4) {
  http::ServerOptions out;
  out.threads = threads;
  return out;
}

}  // namespace turnkey::http::testing
