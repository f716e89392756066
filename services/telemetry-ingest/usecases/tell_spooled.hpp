// SPDX-License-Identifier: Apache-2.0
// Tells the broker's journal what is in the spool, in batches; after each connect first all that is not told
// yet, then hello, so that the broker sends again what it has not been told. What could not be told is told
// later. Thread safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "usecases/ports.hpp"

namespace turnkey::ingest {

class TellSpooled {
 public:
  // `look` runs on the thread before every round (every 200 ms or sooner).
  explicit TellSpooled(
      JournalControl& journal, std::function<void()> look = [] {});
  ~TellSpooled();
  TellSpooled(const TellSpooled&) = delete;
  TellSpooled& operator=(const TellSpooled&) = delete;

  void start();
  void stop();  // tells what waits, once
  void add(const ReportKey& key);
  void say_hello();  // there is a connection, or room again
  void wake();

 private:
  void run();
  void round(std::unique_lock<std::mutex>& lock);
  bool tell(std::unique_lock<std::mutex>& lock);

  JournalControl& journal_;
  const std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  ReportRanges waiting_;
  std::size_t added_ = 0;
  bool hello_ = false;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::ingest
