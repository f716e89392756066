// SPDX-License-Identifier: Apache-2.0
// A thread that does one thing again and again until it is stopped. An exception is logged when the trouble
// begins, not each time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace turnkey::provisioning {

class Periodic {
 public:
  Periodic(std::string name, std::chrono::milliseconds pause, std::function<void()> work);
  ~Periodic();
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;
  void start();
  void stop();  // waits for the round that runs

 private:
  void loop();
  void round();

  const std::string name_;
  const std::chrono::milliseconds pause_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool troubled_ = false;  // of the thread alone
  std::thread thread_;
};

}  // namespace turnkey::provisioning
