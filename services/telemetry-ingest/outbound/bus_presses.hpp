// SPDX-License-Identifier: Apache-2.0
// Publishes presses, each until the broker has it (for ten minutes at most), on a thread of its own. Bounded:
// the oldest is given up for a new one, and said so; who misses it asks `recent_presses`. Thread safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "bus/client.hpp"
#include "domain/press_filter.hpp"

namespace turnkey::ingest {

class BusPresses {
 public:
  explicit BusPresses(bus::Client& client) : client_(client) {}
  ~BusPresses() { stop(); }
  BusPresses(const BusPresses&) = delete;
  BusPresses& operator=(const BusPresses&) = delete;

  // Called with the time from the announcement to the broker's acknowledgement.
  void on_delivered(std::function<void(double seconds)> observer) { delivered_ = std::move(observer); }
  void start();
  void stop();  // what waits is tried once more
  void announce(const Announcement& announcement);
  std::size_t waiting() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Waiting {
    Announcement announcement;
    Instant since;
  };
  void run();
  bool publish(const Announcement& announcement);

  bus::Client& client_;
  std::function<void(double)> delivered_ = [](double) {};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::ingest
