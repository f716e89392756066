// SPDX-License-Identifier: Apache-2.0
#include "domain/bulkhead.hpp"

#include <algorithm>

namespace turnkey::gateway {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void Bulkhead::answered() {
  const std::lock_guard lock(mutex_);
  silent_ = false;
}

void Bulkhead::silent() {
  const std::lock_guard lock(mutex_);
  silent_ = true;
  changed_.notify_all();
}

bool Bulkhead::enter(std::chrono::milliseconds longest_wait) {
  std::unique_lock lock(mutex_);
  const auto came = Clock::now();
  const auto until = [&] { return std::min(came, moved_) + longest_wait; };
  while (free_ <= 0 && !silent_ && Clock::now() < until()) changed_.wait_until(lock, until());
  if (free_ <= 0) return false;
  --free_;
  moved_ = Clock::now();
  return true;
}

void Bulkhead::leave() {
  const std::lock_guard lock(mutex_);
  ++free_;
  moved_ = Clock::now();
  changed_.notify_one();
}

}  // namespace turnkey::gateway
