// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>

namespace turnkey::bench {
namespace {

constexpr std::uint32_t kOwn = 0x7F000001;    // 127.0.0.1
constexpr std::uint32_t kFirst = 0x7F000100;  // 127.0.1.0

sockaddr_in address(std::uint32_t ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(ip);
  return address;
}

}  // namespace

int connecting(std::size_t source, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const auto from = address(kFirst + static_cast<std::uint32_t>(source), 0);
  const auto to = address(kOwn, port);
  const int on = 1;
  // The port is chosen at the connect: then one that another destination has serves too.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
    throw std::runtime_error("no socket for one more connection: see ulimit -n");
  (void)connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  return fd;
}

}  // namespace turnkey::bench
