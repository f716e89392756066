// SPDX-License-Identifier: Apache-2.0
#include "bus/subscriptions.hpp"

namespace turnkey::bus {
namespace {

bool is_exact(const std::string& filter) {
  return !filter.starts_with("$share/") && filter.find_first_of("+#") == std::string::npos;
}

}  // namespace

void Subscriptions::add(Subscription subscription) {
  auto shared = std::make_shared<const Subscription>(std::move(subscription));
  const std::lock_guard lock(mutex_);
  if (is_exact(shared->filter)) {
    exact_[shared->filter] = shared;
  } else {
    patterns_[shared->filter] = shared;
  }
}

void Subscriptions::remove(const std::string& filter) {
  const std::lock_guard lock(mutex_);
  exact_.erase(filter);
  patterns_.erase(filter);
}

std::vector<SubscriptionPtr> Subscriptions::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<SubscriptionPtr> out;
  for (const auto& [filter, subscription] : patterns_) out.push_back(subscription);
  for (const auto& [filter, subscription] : exact_) out.push_back(subscription);
  return out;
}

std::vector<SubscriptionPtr> Subscriptions::of(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  std::vector<SubscriptionPtr> out;
  if (const auto it = exact_.find(topic); it != exact_.end()) out.push_back(it->second);
  for (const auto& [filter, subscription] : patterns_) {
    if (matches(filter, topic)) out.push_back(subscription);
  }
  return out;
}

}  // namespace turnkey::bus
