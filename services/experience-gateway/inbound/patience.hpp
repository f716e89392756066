// SPDX-License-Identifier: Apache-2.0
// How open streams ask whether their right still holds: a service that restarts does not end them at once,
// and whatever goes wrong on the way ends the stream, never the process.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "contracts/json.hpp"
#include "core/result.hpp"

namespace turnkey::gateway {

inline constexpr auto kPatience = std::chrono::seconds(9);
inline constexpr auto kPause = std::chrono::milliseconds(100);  // the registry may refuse at once

// Asks again while the answer is `unavailable`, until there was no answer for `kPatience` or `stopping`. An
// exception becomes `internal`.
template <typename Ask>
auto ask_patiently(const std::atomic<bool>& stopping, const Ask& ask) -> decltype(ask()) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  try {
    for (;;) {
      auto answer = ask();
      const bool away = !answer && answer.error().code == core::ErrorCode::unavailable;
      if (!away || stopping || std::chrono::steady_clock::now() >= until) return answer;
      std::this_thread::sleep_for(kPause);
    }
  } catch (const std::exception& error) {
    return core::internal(error.what());
  }
}

}  // namespace turnkey::gateway
