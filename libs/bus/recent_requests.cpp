// SPDX-License-Identifier: Apache-2.0
#include "bus/recent_requests.hpp"

#include <utility>

namespace turnkey::bus {

RecentRequests::Seen RecentRequests::begin(const std::string& key, std::string& reply) {
  const std::lock_guard lock(mutex_);
  drop_old();
  const auto [it, is_new] = known_.try_emplace(key);
  if (is_new) return Seen::first;
  if (!it->second) return Seen::running;
  reply = *it->second;
  return Seen::answered;
}

void RecentRequests::end(const std::string& key, std::string reply, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(key);
  if (it == known_.end()) return;
  bytes_ += reply.size();
  it->second = std::move(reply);
  answered_.push_back({key, until});
  drop_old();
}

void RecentRequests::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(key);
  if (it != known_.end() && !it->second) known_.erase(it);
}

void RecentRequests::drop_old() {
  const auto now = Clock::now();
  while (!answered_.empty() &&
         (answered_.front().until < now || answered_.size() > limit_ || bytes_ > limit_bytes_)) {
    const auto it = known_.find(answered_.front().key);
    bytes_ -= it->second->size();
    known_.erase(it);
    answered_.pop_front();
  }
}

}  // namespace turnkey::bus
