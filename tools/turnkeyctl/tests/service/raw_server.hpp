// SPDX-License-Identifier: Apache-2.0
// A server that answers with exactly the bytes that a test gives it, then closes: connections that break,
// answers that are cut. One request a connection, one connection at a time; large bodies are counted, not
// kept.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace turnkey::ctl::testing {

struct RawRequest {
  std::string head;
  std::string body;  // its beginning
  std::size_t body_bytes = 0;
  bool is(const std::string& begin) const { return head.starts_with(begin); }
  std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

inline std::string raw_answer(const std::string& status, const std::string& body,
                              const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

class RawServer {
 public:
  // Writes the answer in pieces: `write` gives false when the other end is gone.
  using Write = std::function<bool(const std::string&)>;
  using Play = std::function<void(const RawRequest&, const Write&)>;

  explicit RawServer(Play play)
      : play_(std::move(play)), fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_, any, length) != 0 || listen(fd_, 16) != 0 || getsockname(fd_, any, &length) != 0)
      throw std::runtime_error("no port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    stopping_ = true;
    thread_.join();
    close(fd_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<RawRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      answer(client);
      shutdown(client, SHUT_RDWR);
      close(client);
    }
  }
  void answer(int client) {
    RawRequest request;
    std::array<char, 65536> piece{};
    std::string text;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      const auto got = recv(client, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      text.append(piece.data(), static_cast<std::size_t>(got));
      end = text.find("\r\n\r\n");
    }
    request.head = text.substr(0, end + 2);
    request.body = text.substr(end + 4);
    request.body_bytes = request.body.size();
    const std::string length = request.header("Content-Length");
    const std::size_t whole = length.empty() ? 0 : std::stoul(length);
    while (request.body_bytes < whole) {
      const auto got = recv(client, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      if (request.body.size() < piece.size())
        request.body.append(piece.data(), static_cast<std::size_t>(got));
      request.body_bytes += static_cast<std::size_t>(got);
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    play_(request, [client](const std::string& bytes) {
      std::size_t sent = 0;
      while (sent < bytes.size()) {
        const auto written = send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (written <= 0) return false;
        sent += static_cast<std::size_t>(written);
      }
      return true;
    });
  }

  Play play_;
  int fd_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<RawRequest> requests_;
  std::thread thread_;
};

}  // namespace turnkey::ctl::testing
