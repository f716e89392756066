// SPDX-License-Identifier: Apache-2.0
#include "bus/worker.hpp"

namespace turnkey::bus {
namespace {

thread_local Worker* worker_of_this_thread = nullptr;

}  // namespace

Worker::Worker(int threads, std::size_t limit, std::size_t limit_bytes)
    : threads_wanted_(threads), limit_(limit), limit_bytes_(limit_bytes) {}
Worker::~Worker() { stop(); }

void Worker::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  for (int i = 0; i < threads_wanted_; ++i) threads_.emplace_back([this] { loop(); });
}

bool Worker::has_room(std::size_t factor) const {
  return tasks_.size() < limit_ * factor && bytes_ < limit_bytes_ * factor;
}

bool Worker::add(Task task, std::size_t bytes) {
  tasks_.push_back({std::move(task), bytes});
  bytes_ += bytes;
  filled_.notify_one();
  return true;
}

bool Worker::push(Task task, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return stopping_ || has_room(waiting_for_broker_ > 0 ? 2 : 1); });
  return !stopping_ && add(std::move(task), bytes);
}

bool Worker::try_push(Task task, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  return !stopping_ && has_room(1) && add(std::move(task), bytes);
}

bool Worker::push_always(Task task) {
  const std::lock_guard lock(mutex_);
  return !stopping_ && add(std::move(task), 0);
}

bool Worker::wait_idle(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [this] { return tasks_.empty() && running_ == 0; });
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    tasks_.clear();
    bytes_ = 0;
    filled_.notify_all();
    emptied_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Worker::loop() {
  worker_of_this_thread = this;
  std::unique_lock lock(mutex_);
  for (;;) {
    filled_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    Entry entry = std::move(tasks_.front());
    tasks_.pop_front();
    bytes_ -= entry.bytes;
    ++running_;
    emptied_.notify_all();
    lock.unlock();
    entry.task();
    entry.task = nullptr;  // what it holds is released before the lock is taken
    lock.lock();
    --running_;
    emptied_.notify_all();
  }
}

void Worker::wait_changed(int by) {
  const std::lock_guard lock(mutex_);
  waiting_for_broker_ += by;
  emptied_.notify_all();
}

Worker::WaitsForBroker::WaitsForBroker() : worker_(worker_of_this_thread) {
  if (worker_ != nullptr) worker_->wait_changed(1);
}
Worker::WaitsForBroker::~WaitsForBroker() {
  if (worker_ != nullptr) worker_->wait_changed(-1);
}

}  // namespace turnkey::bus
