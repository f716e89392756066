// SPDX-License-Identifier: Apache-2.0
#include "domain/rollup.hpp"

#include <algorithm>

namespace turnkey::ingest {
namespace {

constexpr core::Millis kHoursFrom = std::chrono::hours(4);

}  // namespace

core::Timestamp floor_to(core::Timestamp time, core::Millis level) {
  const auto rest = time.time_since_epoch() % level;
  return time - rest - (rest < core::Millis(0) ? level : core::Millis(0));
}

core::Timestamp ceil_to(core::Timestamp time, core::Millis level) {
  const auto floor = floor_to(time, level);
  return floor == time ? floor : floor + level;
}

std::optional<Slice> next_slice(core::Timestamp done_until, core::Timestamp closed_until,
                                core::Millis longest) {
  if (done_until >= closed_until) return std::nullopt;
  const auto five = floor_to(done_until, kFive);
  if (done_until == five && longest >= kFive)
    return Slice{five, std::min(floor_to(five + longest, kFive), closed_until)};
  return Slice{done_until, std::min(done_until + longest, five + kFive)};
}

core::Millis level_for(core::Millis width) {
  if (width >= kHoursFrom) return kHour;
  return width >= kFive ? kFive : core::Millis(0);
}

}  // namespace turnkey::ingest
