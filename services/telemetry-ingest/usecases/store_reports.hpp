// SPDX-License-Identifier: Apache-2.0
// The thread that brings what is in the spool into the database, in batches, each entry once.
//
//   spool -> read -> batch (2,000 rows, 2,000 entries or 200 ms) -> one transaction -> the spool lets go of
//   it
//             `-> a device that is not known: the registry is asked, the report is kept back until it has
//                 answered, and up to 30 s more
//
// A database that is away is tried again, with growing pauses and jitter, for ever; reading goes on where it
// stopped, after a kill too. One entry that the database will never take is found by halving and refused.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "usecases/ports.hpp"

namespace turnkey::ingest {

class StoreReports {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  struct Hooks {
    std::function<void(const Counts&, const Batch&)> stored = [](const Counts&, const Batch&) {};
    std::function<void(const std::string& reason)> trouble = [](const std::string&) {};
    std::function<void()> unknown_device = [] {};
    std::function<void()> opened = [] {};  // once, before the first batch
    // When the newest question was asked that the registry has answered.
    std::function<Instant()> registry_answered = [] { return Instant::max(); };
    core::Millis keep_back{30'000};  // from its answer on
  };
  StoreReports(SpoolTail& tail, EntryReader& reader, ReportStore& store, std::string spool_id, Hooks hooks);
  ~StoreReports();
  StoreReports(const StoreReports&) = delete;
  StoreReports& operator=(const StoreReports&) = delete;

  void start();
  void stop(core::Millis drain);  // stores what is in the spool, for so long

  std::size_t kept_back() const;  // thread safe
  // When the broker received the oldest report that was read and is not in the database, those that are kept
  // back aside. Thread safe.
  std::optional<core::Timestamp> oldest_waiting() const;

 private:
  struct KeptBack {
    SpoolPosition position;
    SpoolEntry entry;
    Instant since;
    std::optional<Instant> deadline{};  // nothing: the registry has not answered since
  };
  void run();
  bool open();
  void note_waiting(std::optional<core::Timestamp> received);  // the first counts; nothing: none waits
  void collect(Batch& batch);
  bool room_to_read() const;
  void take(Batch& batch, SpoolPosition position, SpoolEntry entry);
  void add(Batch& batch, SpoolPosition position, const SpoolEntry& entry, ReadMessage message);
  void keep_back(Batch& batch, SpoolPosition position, SpoolEntry entry, const std::string& device_id);
  void look_at_kept_back(Batch& batch);
  bool may_become_known(KeptBack& kept, Instant now) const;
  bool commit(Batch batch);
  bool divide(Batch batch);
  SpoolPosition low() const;
  bool pause(core::Millis time);  // false: it is time to end
  bool stopping() const;
  bool may_go_on() const;

  SpoolTail& tail_;
  EntryReader& reader_;
  ReportStore& store_;
  const std::string spool_id_;
  const Hooks hooks_;
  std::int64_t sequence_ = 0;
  Progress committed_;
  SpoolPosition looked_at_;  // `high` of the process before
  std::deque<KeptBack> kept_back_;
  std::size_t kept_back_bytes_ = 0;
  std::unordered_map<std::string, Instant> given_up_;  // devices that stayed unknown, until when
  Instant next_look_{};
  core::Millis back_off_{100};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  Instant end_{};
  std::size_t kept_back_count_ = 0;
  std::optional<core::Timestamp> oldest_waiting_;
  std::thread thread_;
};

}  // namespace turnkey::ingest
