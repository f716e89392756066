// SPDX-License-Identifier: Apache-2.0
// Tells provisioning of presses of devices without a window, on a thread of its own: somebody who waits for
// another device may stand in front of the wrong one. Best effort, so that nothing waits for it: the oldest
// gives way to a new one, one of a device is told every five seconds at most, ten in a second altogether, and
// what has waited too long is no news. Thread safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "domain/press_filter.hpp"

namespace turnkey::ingest {

class TellStrays {
 public:
  enum class Outcome {
    nobody_waits,  // there is no window at all
    told,
    unanswered,
    repeated,    // the device's last one was told a moment ago
    crowded_out  // it waited too long, or newer ones needed the room
  };
  struct Hooks {
    std::function<bool(const StrayPress&)> ask;  // true: answered. Blocks, for a moment
    std::function<void(Outcome)> counted;
  };
  struct Pace {
    std::chrono::milliseconds each_device{5000};
    std::chrono::milliseconds between{100};
    std::chrono::milliseconds news{5000};
  };
  explicit TellStrays(Hooks hooks) : TellStrays(std::move(hooks), Pace{}) {}
  TellStrays(Hooks hooks, Pace pace) : hooks_(std::move(hooks)), pace_(pace) {}
  ~TellStrays() { stop(); }
  TellStrays(const TellStrays&) = delete;
  TellStrays& operator=(const TellStrays&) = delete;

  void start();
  void stop();  // what waits is given up
  void on_stray(const StrayPress& press);
  std::size_t waiting() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Waiting {
    StrayPress press;
    Instant since;
  };
  void run();
  Outcome take(const StrayPress& press, Instant now);  // called with the lock held
  void forget_told(Instant now);                       // likewise

  const Hooks hooks_;
  const Pace pace_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::unordered_map<std::string, Instant> told_;  // when the last press of a device was taken
  bool stopping_ = false;
  std::thread thread_;
};

std::string_view to_string(TellStrays::Outcome outcome);

}  // namespace turnkey::ingest
