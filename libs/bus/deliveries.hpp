// SPDX-License-Identifier: Apache-2.0
// Operations that the broker has not answered yet: publications, subscriptions. A ticket travels through Paho
// as its callback's context and lives until that callback or until this object ends, whichever comes first
// (Paho does not call back for everything when a connection is lost). Thread safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace turnkey::bus {

class Deliveries {
 public:
  enum class Result { open, acknowledged, refused, failed };
  struct Ticket {
    Deliveries* owner;
    std::uint64_t number;
    std::string what;    // topic or filter, for the log
    bool quiet = false;  // somebody waits who tells of a refusal: it is not logged
  };

  // `answered` runs after each answer, also one that comes after `fail_all`; outside of this object's lock.
  explicit Deliveries(std::function<void()> answered = {}) : answered_(std::move(answered)) {}

  // Null when `limit` are open already. With `awaited` somebody will call `wait` with its number.
  Ticket* open(std::size_t limit, std::string what, bool awaited = false, bool quiet = false);
  static void finish(Ticket* ticket, Result result);
  void fail_all();                                                       // the connection is gone
  Result wait(std::uint64_t number, std::chrono::milliseconds timeout);  // `open`: the time was over first
  bool wait_all(std::chrono::milliseconds timeout);

 private:
  void settle(std::uint64_t number, Result result);
  const std::function<void()> answered_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 1;
  std::size_t open_ = 0;
  struct Entry {
    Ticket ticket;
    bool open;
  };
  std::unordered_map<std::uint64_t, Entry> tickets_;
  std::unordered_map<std::uint64_t, Result> awaited_;
};

}  // namespace turnkey::bus
