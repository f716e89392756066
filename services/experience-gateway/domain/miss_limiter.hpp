// SPDX-License-Identifier: Apache-2.0
// Slows down users who look up serials that they do not find: sixty misses a minute are a person with bad
// labels, more is a search. Thread safe.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "core/ids.hpp"

namespace turnkey::gateway {

class MissLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kMisses = 60;
  static constexpr auto kWindow = std::chrono::minutes(1);

  // How long this user has to wait; nothing when they may go on.
  std::optional<std::chrono::seconds> wait(const core::UserId& user, Clock::time_point now);
  void miss(const core::UserId& user, Clock::time_point now);

 private:
  struct Count {
    Clock::time_point began;
    int misses = 0;
  };
  void forget_old(Clock::time_point now);
  std::mutex mutex_;
  std::unordered_map<core::UserId, Count> by_user_;
};

}  // namespace turnkey::gateway
