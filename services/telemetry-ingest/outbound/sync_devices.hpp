// SPDX-License-Identifier: Apache-2.0
// The thread that keeps the table of devices: asks the registry for what is new (at the start, after each
// connect, when a device is unknown, every few minutes) and saves what was learnt. Thread safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bus/rpc.hpp"
#include "outbound/known_devices.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

class SyncDevices {
 public:
  SyncDevices(pg::Pool& pool, bus::RpcCaller& registry, KnownDevices& devices);
  ~SyncDevices();
  SyncDevices(const SyncDevices&) = delete;
  SyncDevices& operator=(const SyncDevices&) = delete;

  void start();
  void stop();
  void ask_soon();  // the registry; at most once a second
  // When the newest question was asked that the registry has answered to its last page.
  std::chrono::steady_clock::time_point answered() const { return answered_; }
  // The tables are there: waits until what is known is loaded (5 s at most); saving begins.
  void database_ready();

 private:
  void run();
  bool ask();
  bool ask_page();
  bool save();
  void load();

  pg::Pool& pool_;
  bus::RpcCaller& registry_;
  KnownDevices& devices_;
  std::int64_t next_revision_ = 0;  // the thread's own
  std::atomic<bool> loaded_{false};
  std::atomic<std::chrono::steady_clock::time_point> answered_{std::chrono::steady_clock::time_point::min()};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = true;
  bool database_ready_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::ingest
