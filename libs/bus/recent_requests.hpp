// SPDX-License-Identifier: Apache-2.0
// Requests that run or have just been answered. Callers send again what was not answered in time: the same
// request runs once, and its reply is sent again. Bounded by number and bytes of replies; what runs is never
// forgotten (its number is bounded by the server's queue). Thread safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace turnkey::bus {

class RecentRequests {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RecentRequests(std::size_t limit = 4096, std::size_t limit_bytes = 16 * 1024 * 1024)
      : limit_(limit), limit_bytes_(limit_bytes) {}

  enum class Seen { first, running, answered };
  // With `answered`, `reply` is set.
  Seen begin(const std::string& key, std::string& reply);
  // The reply is kept until `until`, or until there is no more room.
  void end(const std::string& key, std::string reply, Clock::time_point until);
  void forget(const std::string& key);  // it did not run after all: it may come again

 private:
  struct Answered {
    std::string key;
    Clock::time_point until;
  };
  void drop_old();
  const std::size_t limit_;
  const std::size_t limit_bytes_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::optional<std::string>> known_;
  std::deque<Answered> answered_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace turnkey::bus
