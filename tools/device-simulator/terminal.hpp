// SPDX-License-Identifier: Apache-2.0
// One device played from the terminal: Enter presses the button, "3" presses three times, "q" ends the
// program.
#pragma once

#include <memory>

#include "device.hpp"

namespace turnkey::simulator {

// Reads standard input on a thread of its own until it ends or the returned object is destroyed; keeps
// `owner` alive with it.
std::shared_ptr<void> start_terminal(Device& device, std::shared_ptr<void> owner);

}  // namespace turnkey::simulator
