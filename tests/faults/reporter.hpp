// SPDX-License-Identifier: Apache-2.0
// A device that reports a number that grows by one, at QoS 1, and remembers which ones the broker
// acknowledged.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "bus/client.hpp"
#include "support/installation.hpp"

namespace turnkey::tests {

class Reporter {
 public:
  Reporter(const Installation& installation, const DeviceKeys& keys);
  ~Reporter() { stop(); }
  void stop();
  std::set<int> acknowledged() const;
  int sent() const { return sent_; }

 private:
  void loop();
  bus::Client client_;
  const std::string topic_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> sent_{0};
  mutable std::mutex mutex_;
  std::set<int> acknowledged_;
  std::thread thread_;
};

}  // namespace turnkey::tests
