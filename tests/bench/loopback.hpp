// SPDX-License-Identifier: Apache-2.0
// Connections over loopback that come from many addresses, as those of many people and devices do.
#pragma once

#include <cstddef>

namespace turnkey::bench {

// On its way to a port of this machine, from the `source`-th address of 127.0.1.0 and up; does not block.
// Throws std::runtime_error when there is no socket.
int connecting(std::size_t source, int port);

}  // namespace turnkey::bench
