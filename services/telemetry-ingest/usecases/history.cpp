// SPDX-License-Identifier: Apache-2.0
#include "usecases/history.hpp"

#include <algorithm>

#include "domain/rollup.hpp"

namespace turnkey::ingest {
namespace {

constexpr core::Millis kUsualSpan = std::chrono::hours(24);
constexpr core::Millis kLongestSpan = std::chrono::hours(24) * 366 * 10;

std::vector<core::FieldError> unknown_attributes(const std::vector<std::string>& asked,
                                                 const std::vector<std::string>& declared) {
  std::vector<core::FieldError> errors;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (std::find(declared.begin(), declared.end(), asked[i]) != declared.end()) continue;
    errors.push_back(
        {"attributes." + std::to_string(i), "unknown", "the device does not declare this attribute"});
  }
  return errors;
}

}  // namespace

core::Result<HistoryRange> plan_history(const HistoryRequest& request, core::Timestamp now,
                                        const std::vector<std::string>& declared) {
  auto errors = unknown_attributes(request.attributes, declared);
  const auto to = request.to.value_or(now);
  const auto from = request.from.value_or(to - kUsualSpan);
  if (from >= to) errors.push_back({"from", "out_of_range", "it must be before `to`"});
  if (to - from > kLongestSpan)
    errors.push_back({"from", "out_of_range", "at most ten years are given at once"});
  if (request.points < 1 || request.points > kMaxPoints)
    errors.push_back({"points", "out_of_range", "a whole number from 1 to 2000 is needed"});
  if (!errors.empty()) return core::invalid("Some fields are not right.", std::move(errors));
  const auto width = (to - from + core::Millis(request.points - 1)) / request.points;
  return HistoryRange{from, to, request.since.value_or(core::Timestamp{}), std::max(width, core::Millis(1))};
}

std::int64_t behind_seconds(std::optional<core::Timestamp> oldest_waiting, core::Timestamp now) {
  if (!oldest_waiting || *oldest_waiting > now) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(now - *oldest_waiting).count();
}

HistoryRange with_level(HistoryRange range, core::Timestamp now) {
  range.level = level_for(range.width);
  if (range.level == core::Millis(0)) return range;
  if (floor_to(range.from, kFive) < now - kFivesKept) range.level = kHour;
  range.from = floor_to(range.from, range.level);
  range.to = ceil_to(range.to, range.level);
  range.width = (range.width + range.level - core::Millis(1)) / range.level * range.level;
  return range;
}

}  // namespace turnkey::ingest
