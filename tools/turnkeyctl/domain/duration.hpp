// SPDX-License-Identifier: Apache-2.0
// "90s", "15m", "12h", "30d", or seconds without a unit; pauses between tries. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace turnkey::ctl {

std::optional<std::chrono::seconds> parse_duration(std::string_view text);

// How long to wait before try number `next` (2, 3, ...): what the server asked for, else half a second and
// twice as long each time. Nothing when it is not worth waiting for.
std::optional<std::chrono::milliseconds> pause_before(int next, std::optional<std::chrono::seconds> asked);

}  // namespace turnkey::ctl
