// SPDX-License-Identifier: Apache-2.0
#include "http/socket_stream.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

using namespace turnkey;

namespace {

struct Pair {
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) close(end);
  }
  void send(const std::string& text) const {
    REQUIRE(::send(ends[1], text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  int unread() const {
    int count = -1;
    ioctl(ends[0], FIONREAD, &count);
    return count;
  }
  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("single bytes are served from what one call has read ahead, in order, to the end") {
  const Pair pair;
  const bool muted = false;
  http::SocketStream stream(pair.ends[0], muted);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + i % 26);
  pair.send(text);
  char c = 0;
  REQUIRE(stream.read(&c, 1) == 1);
  CHECK(pair.unread() == 5000 - 4096);
  std::string seen(1, c);
  while (seen.size() < 4096 && stream.read(&c, 1) == 1) seen += c;
  CHECK(pair.unread() == 5000 - 4096);
  std::array<char, 10'000> rest{};
  const ssize_t got = stream.read(rest.data(), rest.size());
  REQUIRE(got == 5000 - 4096);
  seen.append(rest.data(), static_cast<std::size_t>(got));
  CHECK(seen == text);
  shutdown(pair.ends[1], SHUT_WR);
  CHECK(stream.read(&c, 1) == 0);
}

TEST_CASE("all is written to a reader that is slow, and nothing once another has the socket") {
  const Pair pair;
  bool muted = false;
  http::SocketStream stream(pair.ends[0], muted);
  const std::string large(4 * 1024 * 1024, 'w');
  std::size_t seen = 0;
  std::thread reader([&] {
    std::array<char, 65536> buffer{};
    while (seen < large.size()) {
      const ssize_t got = recv(pair.ends[1], buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      seen += static_cast<std::size_t>(got);
    }
  });
  CHECK(stream.write(large.data(), large.size()) == static_cast<ssize_t>(large.size()));
  reader.join();
  CHECK(seen == large.size());
  muted = true;
  CHECK(stream.write("x", 1) == 1);
  char c = 0;
  CHECK(recv(pair.ends[1], &c, 1, MSG_DONTWAIT) == -1);
}
