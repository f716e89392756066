// SPDX-License-Identifier: Apache-2.0
// Time as the whole system means it: UTC, milliseconds. Code that decides takes a Clock; only adapters and
// `main` know the real one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

using Millis = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Millis>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;  // thread safe
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

// "2026-11-22T21:48:05.130Z", always with milliseconds.
std::string to_iso(Timestamp time);
// RFC 3339 with `Z` or an offset, any number of fraction digits (cut to milliseconds), `T` or a blank
// between. Years 1970 to 9999. Nothing for anything else.
std::optional<Timestamp> from_iso(std::string_view text);

std::int64_t to_epoch_ms(Timestamp time);
Timestamp from_epoch_ms(std::int64_t milliseconds);

}  // namespace turnkey::core
