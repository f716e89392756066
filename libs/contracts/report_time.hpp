// SPDX-License-Identifier: Apache-2.0
// The `time` of a state report in all the forms that firmware sends (design.md section 4). Pure.
#pragma once

#include <optional>

#include "contracts/json.hpp"
#include "core/time.hpp"

namespace turnkey::contracts {

inline constexpr core::Millis kOldestReport = std::chrono::hours(24 * 30);
inline constexpr core::Millis kNewestReport = std::chrono::hours(24);

// {"$date": ISO or ms}, seconds or milliseconds since the epoch, an ISO string, or a negative number
// (milliseconds before `received`). Nothing when it is missing or unreadable: then the receive stamp counts.
std::optional<core::Timestamp> read_report_time(const Json& report, core::Timestamp received);

}  // namespace turnkey::contracts
