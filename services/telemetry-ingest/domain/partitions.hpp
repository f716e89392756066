// SPDX-License-Identifier: Apache-2.0
// The weeks into which samples are parted: from Monday, UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace turnkey::ingest {

struct Week {
  std::chrono::sys_days monday;
  static Week of(core::Timestamp time);
  // "samples_20261123" -> its week; nothing for other names.
  static std::optional<Week> of_table(std::string_view name);
  std::string table() const;
  core::Timestamp begin() const { return monday; }
  core::Timestamp end() const { return monday + std::chrono::days(7); }
  auto operator<=>(const Week&) const = default;
};

}  // namespace turnkey::ingest
