// SPDX-License-Identifier: Apache-2.0
#include "service/ticker.hpp"

#include "service/log.hpp"

namespace turnkey::service {

Ticker::Ticker(std::string what, std::chrono::milliseconds every, std::function<void()> task)
    : what_(std::move(what)), every_(every), task_(std::move(task)), thread_([this] { loop(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Ticker::loop() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, every_, [this] { return stopping_; })) {
    lock.unlock();
    try {
      task_();
    } catch (const std::exception& error) {
      log_warning("a regular task failed", {{"task", what_}, {"reason", error.what()}});
    }
    lock.lock();
  }
}

}  // namespace turnkey::service
