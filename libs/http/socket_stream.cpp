// SPDX-License-Identifier: Apache-2.0
#include "http/socket_stream.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace turnkey::http {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kReadTimeout_ms = 10'000;
constexpr int kWriteTimeout_ms = 10'000;
constexpr auto kLinger = std::chrono::milliseconds(500);
constexpr std::size_t kLingerBytes = 1024 * 1024;

bool ready(socket_t socket, short what, int timeout_ms) {
  pollfd wanted{socket, what, 0};
  int result = 0;
  do result = ::poll(&wanted, 1, timeout_ms);
  while (result < 0 && errno == EINTR);
  return result == 1;
}

template <typename Ask>
void name(socket_t socket, Ask ask, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  if (ask(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
  if (getnameinfo(reinterpret_cast<sockaddr*>(&address), length, host.data(), host.size(), service.data(),
                  service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  ip = host.data();
  port = std::atoi(service.data());
}

}  // namespace

bool SocketStream::is_readable() const { return begin_ < end_ || ready(socket_, POLLIN, kReadTimeout_ms); }

bool SocketStream::is_writable() const { return ready(socket_, POLLOUT, kWriteTimeout_ms); }

bool SocketStream::fill() {
  if (!is_readable()) return false;
  const ssize_t got = ::recv(socket_, ahead_.data(), ahead_.size(), 0);
  begin_ = 0;
  end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
  return got >= 0;
}

ssize_t SocketStream::read(char* to, size_t size) {
  if (begin_ == end_ && !fill()) return -1;
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(to, ahead_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t SocketStream::write(const char* from, size_t size) {
  if (muted_) return static_cast<ssize_t>(size);
  for (std::size_t done = 0; done < size;) {
    // Never blocks in send: a client that takes a part and then nothing would hold the thread.
    const ssize_t sent = ::send(socket_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if ((errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) || !is_writable()) {
      return -1;
    }
  }
  return static_cast<ssize_t>(size);
}

void SocketStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  name(socket_, &::getpeername, ip, port);
}

void SocketStream::get_local_ip_and_port(std::string& ip, int& port) const {
  name(socket_, &::getsockname, ip, port);
}

void close_gently(socket_t socket) {
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> ignored{};
  const auto end = Clock::now() + kLinger;
  // Only while something is on its way: a client that has its answer and keeps quiet does not hold the
  // thread.
  for (std::size_t seen = 0; seen < kLingerBytes && Clock::now() < end;) {
    const ssize_t got = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && !ready(socket, POLLIN, 0))) break;
    if (got > 0) seen += static_cast<std::size_t>(got);
  }
  ::close(socket);
}

}  // namespace turnkey::http
