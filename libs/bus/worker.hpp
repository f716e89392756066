// SPDX-License-Identifier: Apache-2.0
// Threads that run tasks from a bounded queue, in order when there is one thread. Thread safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace turnkey::bus {

class Worker {
 public:
  using Task = std::function<void()>;
  Worker(int threads, std::size_t limit);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Waits while the queue is full (back-pressure on the network). False after stop.
  bool push(Task task);
  // False when the queue is full or stopped.
  bool try_push(Task task);
  void stop();  // what is queued is dropped; the tasks that run have ended afterwards

 private:
  void loop();
  const int threads_wanted_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace turnkey::bus
