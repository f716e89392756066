// SPDX-License-Identifier: Apache-2.0
#include "http/acceptor.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace turnkey::http {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kWaiting = 1024;  // accepted connections that no thread serves yet
constexpr auto kPause = std::chrono::milliseconds(10);

void switch_on(int socket, int level, int option, int value = 1) {
  setsockopt(socket, level, option, &value, sizeof value);
}

// -1 when it cannot be had. SO_REUSEADDR alone: with SO_REUSEPORT a second process would get a share of the
// connections instead of an error.
int listen_on(const addrinfo& where) {
  const int socket = ::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  switch_on(socket, SOL_SOCKET, SO_REUSEADDR);
  if (where.ai_family == AF_INET6) switch_on(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(socket, where.ai_addr, where.ai_addrlen) == 0 && ::listen(socket, kBacklog) == 0) return socket;
  ::close(socket);
  return -1;
}

int listen_on(const std::string& address, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, &freeaddrinfo);
  for (const addrinfo* where = found; where != nullptr; where = where->ai_next) {
    const int socket = listen_on(*where);
    if (socket >= 0) return socket;
  }
  return -1;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Acceptor::Acceptor(const std::string& address, int port, int threads, Serve serve)
    : serve_(std::move(serve)), listener_(listen_on(address, port)) {
  if (listener_ < 0) throw std::runtime_error("cannot listen on " + address + ":" + std::to_string(port));
  port_ = port_of(listener_);
  for (int i = 0; i < threads; ++i) servers_.emplace_back([this] { serve_all(); });
  acceptor_ = std::thread([this] { accept_all(); });
}

Acceptor::~Acceptor() { stop(); }

void Acceptor::stop() {
  if (!acceptor_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  acceptor_.join();
  ::close(listener_);
  for (auto& server : servers_) server.join();
}

void Acceptor::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int error = errno;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        if (socket >= 0) ::close(socket);
        break;
      }
    }
    listening_ = socket >= 0 || (error != EBADF && error != EINVAL && error != ENOTSOCK);
    socket >= 0 ? hand_over(socket) : pause_after(error);
  }
  listening_ = false;
}

void Acceptor::hand_over(int socket) {
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY);  // head and body are written one after the other
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || waiting_.size() < kWaiting; });
  waiting_.push_back(socket);
  changed_.notify_all();
}

void Acceptor::pause_after(int error) {
  if (error == EINTR || error == ECONNABORTED) return;
  static std::atomic<std::int64_t> last_logged_s{-1};
  const auto now_s = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::seconds(1);
  if (last_logged_s.exchange(now_s) != now_s) {
    std::array<char, 128> text{};
    spdlog::error("a connection cannot be accepted reason={}", ::strerror_r(error, text.data(), text.size()));
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPause, [this] { return stopping_; });
}

void Acceptor::serve_all() {
  for (;;) {
    int socket = -1;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      socket = waiting_.front();
      waiting_.pop_front();
      if (waiting_.size() + 1 == kWaiting) changed_.notify_all();
    }
    serve_(socket);
  }
}

}  // namespace turnkey::http
