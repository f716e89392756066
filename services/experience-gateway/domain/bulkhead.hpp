// SPDX-License-Identifier: Apache-2.0
// How many may wait for one thing at once: a service that is down must not hold every thread. Thread safe.
#pragma once

#include <atomic>

namespace turnkey::gateway {

class Bulkhead {
 public:
  explicit Bulkhead(int places) : free_(places) {}

  // A place until it is destroyed, or none.
  class Place {
   public:
    explicit Place(Bulkhead& of) : of_(of), taken_(of.free_.fetch_sub(1) > 0) {}
    ~Place() { ++of_.free_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool taken() const { return taken_; }

   private:
    Bulkhead& of_;
    const bool taken_;
  };

 private:
  std::atomic<int> free_;
};

}  // namespace turnkey::gateway
