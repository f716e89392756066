// SPDX-License-Identifier: Apache-2.0
// Long ranges are read from samples that were rolled up before: by five minutes or by hours.
#pragma once

#include <optional>

#include "core/time.hpp"

namespace turnkey::ingest {

inline constexpr core::Millis kFive = std::chrono::minutes(5);
inline constexpr core::Millis kHour = std::chrono::hours(1);
// What is older is there by hours and as samples. A sample is at most 30 days old when it comes, and may wait
// a while before it is stored: the five minutes beside it must still be there, because its hour is made of
// them.
inline constexpr core::Millis kFivesKept = std::chrono::hours(24) * 60;

// Whole multiples of `level` since the epoch.
core::Timestamp floor_to(core::Timestamp time, core::Millis level);
core::Timestamp ceil_to(core::Timestamp time, core::Millis level);

// What is rolled up at once by five minutes: as many of them as fit into `longest`, or a part of one.
struct Slice {
  core::Timestamp begin;
  core::Timestamp end;
  bool begins_five() const { return begin == floor_to(begin, kFive); }
  bool ends_five() const { return end == floor_to(end, kFive); }
};
// Nothing when all is done. `closed_until` is the end of five minutes, `longest` above zero.
std::optional<Slice> next_slice(core::Timestamp done_until, core::Timestamp closed_until,
                                core::Millis longest);

// The coarsest roll-up that still shows a bucket of this width truly: the hour from four hours on, because
// widths are made whole multiples of it; zero for the samples themselves.
core::Millis level_for(core::Millis width);

}  // namespace turnkey::ingest
