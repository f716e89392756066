// SPDX-License-Identifier: Apache-2.0
// Keeps a flood of equal events from flooding the log: so many a second, the rest is counted. Not thread
// safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace turnkey::broker {

class Throttle {
 public:
  Throttle() = default;
  explicit Throttle(int per_second) : per_second_(per_second) {}

  // How many were left out since the last one that passed; nothing when this one is to be left out.
  std::optional<std::uint64_t> pass(std::chrono::steady_clock::time_point now) {
    if (now - window_ >= std::chrono::seconds(1)) {
      window_ = now;
      passed_ = 0;
    }
    if (passed_ >= per_second_) {
      ++left_out_;
      return std::nullopt;
    }
    ++passed_;
    const std::uint64_t before = left_out_;
    left_out_ = 0;
    return before;
  }

 private:
  int per_second_ = 5;
  int passed_ = 0;
  std::uint64_t left_out_ = 0;
  std::chrono::steady_clock::time_point window_{};
};

}  // namespace turnkey::broker
