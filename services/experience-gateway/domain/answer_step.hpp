// SPDX-License-Identifier: Apache-2.0
// What is not found is answered at a full step after its question came: whether a thing is foreign, deleted
// or was never made takes the services some microseconds more or less, and many calls would show them. Pure.
#pragma once

#include <chrono>

namespace turnkey::gateway {

inline constexpr auto kAnswerStep = std::chrono::milliseconds(10);  // well beyond what a look takes

// The first full step that is not over yet.
inline std::chrono::steady_clock::time_point answer_at(std::chrono::steady_clock::time_point began,
                                                       std::chrono::steady_clock::time_point now) {
  return began + ((now - began + kAnswerStep - std::chrono::nanoseconds(1)) / kAnswerStep) * kAnswerStep;
}

}  // namespace turnkey::gateway
