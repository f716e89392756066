// SPDX-License-Identifier: Apache-2.0
// When a device was somebody's, out of its ledger lines. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

struct TenureLine {
  core::DeviceId device;
  std::string act;
  core::Timestamp at;
  bool theirs = false;  // it is about one of their groups
};

struct Tenure {
  core::DeviceId device;
  core::Timestamp from;
  std::optional<core::Timestamp> to{};  // exclusive; nothing: it is theirs still
};

// `lines` by device, in the order in which they were written.
std::vector<Tenure> tenures_of(const std::vector<TenureLine>& lines);

}  // namespace turnkey::registry
