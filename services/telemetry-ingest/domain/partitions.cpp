// SPDX-License-Identifier: Apache-2.0
#include "domain/partitions.hpp"

#include "core/time.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::string_view kPrefix = "samples_";

}  // namespace

Week Week::of(core::Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::weekday weekday(day);
  return {day - (weekday - std::chrono::Monday)};
}

std::optional<Week> Week::of_table(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + 8) return std::nullopt;
  std::string iso(name.substr(kPrefix.size()));
  iso.insert(6, "-").insert(4, "-");
  const auto time = core::from_iso(iso + "T00:00:00Z");
  if (!time) return std::nullopt;
  const Week week = of(*time);
  if (week.begin() != *time) return std::nullopt;
  return week;
}

std::string Week::table() const {
  std::string iso = core::to_iso(begin()).substr(0, 10);
  std::erase(iso, '-');
  return std::string(kPrefix) + iso;
}

}  // namespace turnkey::ingest
