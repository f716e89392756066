// SPDX-License-Identifier: Apache-2.0
#include "contracts/report_time.hpp"

#include <cmath>

namespace turnkey::contracts {
namespace {

// Up to here a number means seconds (the year 5138), from here on milliseconds (from 1973).
constexpr double kFirstMilliseconds = 1e11;
constexpr double kLastMilliseconds = 253402300799999.0;  // the end of the year 9999

std::optional<core::Timestamp> from_number(double value, core::Timestamp received) {
  if (!std::isfinite(value) || std::abs(value) > kLastMilliseconds) return std::nullopt;
  if (value < 0) return received + core::Millis(static_cast<std::int64_t>(value));
  const double milliseconds = value < kFirstMilliseconds ? value * 1000.0 : value;
  return core::from_epoch_ms(static_cast<std::int64_t>(std::llround(milliseconds)));
}

std::optional<core::Timestamp> from_value(const Json& value, core::Timestamp received) {
  if (value.is_number()) return from_number(value.get<double>(), received);
  if (value.is_string()) return core::from_iso(value.get_ref<const std::string&>());
  return std::nullopt;
}

}  // namespace

std::optional<core::Timestamp> read_report_time(const Json& report, core::Timestamp received) {
  const auto it = report.find("time");
  if (it == report.end()) return std::nullopt;
  if (!it->is_object()) return from_value(*it, received);
  const auto date = it->find("$date");
  return date == it->end() ? std::nullopt : from_value(*date, received);
}

}  // namespace turnkey::contracts
