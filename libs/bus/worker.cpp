// SPDX-License-Identifier: Apache-2.0
#include "bus/worker.hpp"

namespace turnkey::bus {

Worker::Worker(int threads, std::size_t limit) : threads_wanted_(threads), limit_(limit) {}
Worker::~Worker() { stop(); }

void Worker::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  for (int i = 0; i < threads_wanted_; ++i) threads_.emplace_back([this] { loop(); });
}

bool Worker::push(Task task) {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return stopping_ || tasks_.size() < limit_; });
  if (stopping_) return false;
  tasks_.push_back(std::move(task));
  filled_.notify_one();
  return true;
}

bool Worker::try_push(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || tasks_.size() >= limit_) return false;
  tasks_.push_back(std::move(task));
  filled_.notify_one();
  return true;
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    tasks_.clear();
    filled_.notify_all();
    emptied_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Worker::loop() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      emptied_.notify_one();
    }
    task();
  }
}

}  // namespace turnkey::bus
