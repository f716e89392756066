// SPDX-License-Identifier: Apache-2.0
// Text that is compared whatever its case. Pure; other bytes than A to Z stay, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace turnkey::core {

std::string ascii_lower(std::string_view text);

}  // namespace turnkey::core
