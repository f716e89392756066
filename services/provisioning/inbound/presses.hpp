// SPDX-License-Identifier: Apache-2.0
// Presses from the bus, worked on in lanes, those of one window in order: a device that many fight for holds
// up at most the lanes of its windows. None is lost to a database that is away: it is held here and tried
// again, and what came while this service was down is asked from ingest. Thread safe; owned by the App.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "bus/client.hpp"
#include "bus/worker.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

class Presses {
 public:
  Presses(World& world, bus::Client& client);

  void subscribe();
  void on_press(const bus::Message& message);
  void on_connected();  // presses may have come while nobody listened

  // Tries again what is held and asks ingest for what was missed. From a background thread, often.
  void catch_up();
  // False while presses that belong to a burst may be missing: some wait here for long, or were missed. For
  // at most kPatience: what holds them up may last, and others wait for their bursts.
  bool complete();
  void drain();  // takes no more and works off what has come (2 s); before the client stops
  void stop();   // after the client has stopped

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  void accept(const Press& press);
  void hold(const Press& press);
  void try_held();
  void ask_ingest();
  bool behind(SteadyTime now);

  World& world_;
  bus::Client& client_;
  std::mutex mutex_;
  std::multiset<SteadyTime> waiting_;  // in a lane since then
  std::optional<SteadyTime> behind_since_;
  std::deque<Press> held_;
  bool missed_ = true;
  SteadyTime missed_since_ = std::chrono::steady_clock::now();
  SteadyTime ask_at_{};
  std::chrono::milliseconds pause_{0};
  std::vector<std::unique_ptr<bus::Worker>> lanes_;  // one thread each; they use all of the above
};

}  // namespace turnkey::provisioning
