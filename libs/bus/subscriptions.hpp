// SPDX-License-Identifier: Apache-2.0
// Which handlers want which topics. Filters without wildcards are found by hash: a gateway may watch
// thousands of devices. Thread safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/client.hpp"

namespace turnkey::bus {

struct Subscription {
  std::string filter;
  int qos = 0;
  Handler handler;
  Dispatch dispatch = Dispatch::queued;
};
using SubscriptionPtr = std::shared_ptr<const Subscription>;

class Subscriptions {
 public:
  void add(Subscription subscription);  // replaces one with the same filter
  void remove(const std::string& filter);
  std::vector<SubscriptionPtr> all() const;
  std::vector<SubscriptionPtr> of(const std::string& topic) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, SubscriptionPtr> exact_;
  std::map<std::string, SubscriptionPtr> patterns_;
};

}  // namespace turnkey::bus
