// SPDX-License-Identifier: Apache-2.0
#include "plugin/backlog.hpp"

#include <sys/socket.h>

namespace turnkey::broker {
namespace {

constexpr int kFirstDescriptors = 1024;  // listeners are opened before any client is accepted

bool option_is(int socket, int option, int wanted) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 && value == wanted;
}

bool listens(int socket) {
  return option_is(socket, SO_ACCEPTCONN, 1) &&
         (option_is(socket, SO_DOMAIN, AF_INET) || option_is(socket, SO_DOMAIN, AF_INET6));
}

}  // namespace

void deepen_backlogs() {
  // To listen once more changes the number of places and nothing else.
  for (int socket = 0; socket < kFirstDescriptors; ++socket)
    if (listens(socket)) (void)::listen(socket, kBacklog);
}

}  // namespace turnkey::broker
