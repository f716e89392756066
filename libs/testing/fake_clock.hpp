// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "core/time.hpp"

namespace turnkey::testing {

// A clock that stands until it is moved. Thread safe.
class FakeClock final : public core::Clock {
 public:
  explicit FakeClock(core::Timestamp start = core::from_epoch_ms(1'795'000'000'000))
      : now_ms_(core::to_epoch_ms(start)) {}
  core::Timestamp now() const override { return core::from_epoch_ms(now_ms_.load()); }
  void advance(core::Millis by) { now_ms_ += by.count(); }
  void set(core::Timestamp time) { now_ms_ = core::to_epoch_ms(time); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace turnkey::testing
