// SPDX-License-Identifier: Apache-2.0
// Threads that run tasks from a queue bounded by number and by bytes, in order when there is one thread.
// Thread safe.
//
// Who fills the queue may hold a lock that the running tasks need in order to hear from the broker (Paho's
// receiving thread does). So while a task of this queue says that it waits for the broker (`WaitsForBroker`),
// the queue takes up to twice its limits; beyond that the filler waits and the task runs into its deadline.
#pragma once

#include <chrono>
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
  Worker(int threads, std::size_t limit, std::size_t limit_bytes = 64 * 1024 * 1024);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Waits while the queue is full (back-pressure on the network). False after stop.
  bool push(Task task, std::size_t bytes = 0);
  // False when the queue is full or stopped.
  bool try_push(Task task, std::size_t bytes = 0);
  // Beyond the limits: for the few tasks that must not be lost nor wait. False after stop.
  bool push_always(Task task);
  // True when nothing is queued nor running.
  bool wait_idle(std::chrono::milliseconds timeout);
  void stop();  // what is queued is dropped; the tasks that run have ended afterwards

  // Around every wait for an answer of the broker. Does nothing on threads that are not a worker's.
  class WaitsForBroker {
   public:
    WaitsForBroker();
    ~WaitsForBroker();
    WaitsForBroker(const WaitsForBroker&) = delete;
    WaitsForBroker& operator=(const WaitsForBroker&) = delete;

   private:
    Worker* const worker_;
  };

 private:
  struct Entry {
    Task task;
    std::size_t bytes;
  };
  void loop();
  bool has_room(std::size_t factor) const;
  bool add(Task task, std::size_t bytes);
  void wait_changed(int by);

  const int threads_wanted_;
  const std::size_t limit_;
  const std::size_t limit_bytes_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<Entry> tasks_;
  std::size_t bytes_ = 0;
  int running_ = 0;
  int waiting_for_broker_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace turnkey::bus
