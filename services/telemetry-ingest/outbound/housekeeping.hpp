// SPDX-License-Identifier: Apache-2.0
// The thread that keeps the tables small and rolled up: every minute old presses go, deleted devices are
// erased and what was measured is rolled up, every hour old partitions, old roll-ups by five minutes, marks
// of old journal segments and old connections. A database that is away is tried at the next round. Thread
// safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/time.hpp"
#include "outbound/pg_rollups.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

class Housekeeping {
 public:
  Housekeeping(pg::Pool& pool, const core::Clock& clock, int retention_days);
  ~Housekeeping();
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

  void start();  // when the tables are there
  void stop();

  // One round each; for the thread and for tests.
  void every_minute();
  void every_hour();

 private:
  void run();
  static void attempt(const char* what, const std::function<void()>& work);
  bool stopping();
  void drop_old_fives(core::Timestamp now, core::Timestamp oldest);
  void erase_deleted_devices();
  void erase(int key, const std::string& id);
  void remove_in_steps(const std::string& table, const std::string& which);
  pg::Pool& pool_;
  const core::Clock& clock_;
  const int retention_days_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  PgRollups rollups_;
  std::thread thread_;
};

}  // namespace turnkey::ingest
