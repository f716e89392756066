// SPDX-License-Identifier: Apache-2.0
// Waits for a condition with a deadline; for tests, in place of sleeping.
#pragma once

#include <chrono>
#include <thread>

namespace turnkey::testing {

// True as soon as `condition()` is; false when it still is not after `deadline`.
template <typename Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (;;) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace turnkey::testing
