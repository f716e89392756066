// SPDX-License-Identifier: Apache-2.0
// Runs a task again and again on a thread of its own, until it is destroyed. An exception out of the task is
// logged. The first run comes after one interval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace turnkey::service {

class Ticker {
 public:
  Ticker(std::string what, std::chrono::milliseconds every, std::function<void()> task);
  ~Ticker();  // waits for a run that goes on
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void loop();

  const std::string what_;  // names the task in the log
  const std::chrono::milliseconds every_;
  const std::function<void()> task_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses what is above
};

}  // namespace turnkey::service
