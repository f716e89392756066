// SPDX-License-Identifier: Apache-2.0
// How many may wait for one service at once: one that is down must not hold every thread. Who comes when all
// places are taken waits a moment, because a service that answers frees them soon; but not while it is known
// to be silent, nor longer than that moment since a place was taken or freed last: however many come, a
// service that says nothing holds them no longer. Thread safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace turnkey::gateway {

class Bulkhead {
 public:
  explicit Bulkhead(int places) : free_(places) {}
  void answered();  // it is there
  void silent();    // a call ran into its deadline

  // A place until it is destroyed, or none.
  class Place {
   public:
    Place(Bulkhead& of, std::chrono::milliseconds longest_wait) : of_(of), taken_(of.enter(longest_wait)) {}
    ~Place() {
      if (taken_) of_.leave();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool taken() const { return taken_; }

   private:
    Bulkhead& of_;
    const bool taken_;
  };

 private:
  bool enter(std::chrono::milliseconds longest_wait);
  void leave();

  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
  std::chrono::steady_clock::time_point moved_{};  // when a place was taken or freed last
  bool silent_ = false;
};

}  // namespace turnkey::gateway
