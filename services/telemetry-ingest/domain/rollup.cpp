// SPDX-License-Identifier: Apache-2.0
#include "domain/rollup.hpp"

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

core::Millis level_for(core::Millis width) {
  if (width >= kHoursFrom) return kHour;
  return width >= kFive ? kFive : core::Millis(0);
}

}  // namespace turnkey::ingest
