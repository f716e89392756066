// SPDX-License-Identifier: Apache-2.0
// The whole program but for its world: reads the command line, runs one command, says what went wrong.
#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace turnkey::ctl {

// The exit code. `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, World& world);

}  // namespace turnkey::ctl
