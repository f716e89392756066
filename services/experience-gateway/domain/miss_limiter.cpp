// SPDX-License-Identifier: Apache-2.0
#include "domain/miss_limiter.hpp"

namespace turnkey::gateway {
namespace {

constexpr std::size_t kSweepAbove = 1000;  // users with a recent miss

}  // namespace

std::optional<std::chrono::seconds> MissLimiter::wait(const core::UserId& user, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto it = by_user_.find(user);
  if (it == by_user_.end() || it->second.misses < kMisses || now - it->second.began >= kWindow)
    return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(it->second.began + kWindow - now);
}

void MissLimiter::miss(const core::UserId& user, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  auto& count = by_user_[user];
  if (count.misses == 0 || now - count.began >= kWindow) count = {now, 0};
  ++count.misses;
}

void MissLimiter::forget_old(Clock::time_point now) {
  if (by_user_.size() < kSweepAbove) return;
  for (auto it = by_user_.begin(); it != by_user_.end();)
    it = now - it->second.began >= kWindow ? by_user_.erase(it) : std::next(it);
}

}  // namespace turnkey::gateway
