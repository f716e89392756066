// SPDX-License-Identifier: Apache-2.0
// A Mosquitto of its own without Turnkey's plugin, and a subscriber that throws everything away: what the
// broker by itself takes in and hands on at QoS 1.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "support/wire.hpp"
#include "testing/process.hpp"

namespace turnkey::bench {

class BareBroker {
 public:
  BareBroker();
  bus::Options client(const std::string& id) const;
  void kill_and_start();  // kill -9; it listens again a moment later

 private:
  void start();
  const testing::TemporaryFolder folder_;
  const int port_;
  std::unique_ptr<testing::Child> process_;
};

class DiscardingSubscriber {
 public:
  explicit DiscardingSubscriber(const bus::Options& options);
  ~DiscardingSubscriber();
  std::uint64_t received() const { return received_; }

 private:
  void run();
  tests::wire::Socket socket_;
  std::atomic<std::uint64_t> received_{0};
  std::thread thread_;
};

}  // namespace turnkey::bench
