// SPDX-License-Identifier: Apache-2.0
#include "domain/backup_mark.hpp"

#include <charconv>

namespace turnkey::gateway {
namespace {

constexpr std::string_view kName = "turnkey_backup_completed_timestamp_seconds ";
constexpr std::int64_t kLatest_s = 253'402'300'799;  // the end of the year 9999

}  // namespace

std::optional<core::Timestamp> completed_backup(std::string_view metrics) {
  while (!metrics.empty()) {
    const auto line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(metrics.size(), line.size() + 1));
    if (!line.starts_with(kName)) continue;
    const auto number = line.substr(kName.size());
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
    const bool whole = error == std::errc() && end == number.data() + number.size();
    if (!whole || seconds < 0 || seconds > kLatest_s) return std::nullopt;
    return core::from_epoch_ms(seconds * 1000);
  }
  return std::nullopt;
}

}  // namespace turnkey::gateway
