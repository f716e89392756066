// SPDX-License-Identifier: Apache-2.0
#include "domain/bulkhead.hpp"

namespace turnkey::gateway {

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
  changed_.wait_for(lock, longest_wait, [this] { return free_ > 0 || silent_; });
  if (free_ <= 0) return false;
  --free_;
  return true;
}

void Bulkhead::leave() {
  const std::lock_guard lock(mutex_);
  ++free_;
  changed_.notify_one();
}

}  // namespace turnkey::gateway
