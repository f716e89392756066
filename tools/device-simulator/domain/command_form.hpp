// SPDX-License-Identifier: Apache-2.0
// Whether a command has the form that firmware relies on (docs/firmware.md). Pure.
#pragma once

#include <string>
#include <string_view>

namespace turnkey::simulator {

// What is wrong with it; "" when nothing is.
std::string fault_of_command(std::string_view payload);

}  // namespace turnkey::simulator
