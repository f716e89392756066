// SPDX-License-Identifier: Apache-2.0
// What a batch of rows would make: checked as a whole, every error at once, before anything is written. Pure.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "domain/csv.hpp"
#include "domain/device.hpp"
#include "domain/recipe.hpp"

namespace turnkey::registry {

inline constexpr std::size_t kMaxBatchRows = kMaxCsvRows;  // what one request carries comfortably

struct PlannedDevice {
  std::string serial;
  std::string name;
  std::optional<core::GroupId>
      group_id{};  // with `provisioned_at` and `model`: registered and provisioned at once
  std::vector<core::GroupId> group_path{};
  std::optional<std::string> model{};
  std::optional<core::Timestamp> provisioned_at{};
  Tags tags{};
};

struct BatchPlan {
  CsvTable input;  // given back with the credentials
  std::vector<PlannedDevice> devices;
};

// What the plan has to know of the installation.
struct BatchWorld {
  const Recipe& recipe;
  std::function<const Group*(const std::string& path)> group_by_path;  // "Tenant/Region/Site"
  std::set<std::string> taken_serials;                                 // of those that the batch names
  core::Timestamp now;
};

// The serials of a table, normalised, where they are readable: to ask for those that are taken.
std::vector<std::string> serials_of(const CsvTable& table);

// Columns: `serial` (needed), `name` (default: the serial), `group` and `model` (both or none),
// `provisioned_at` (since when the owner has it; default now); every other one is a tag, blank = the recipe's
// default. Errors name "line N, column" in `field`; the first 5000 do, the message counts all.
core::Result<BatchPlan> plan_batch(CsvTable table, const BatchWorld& world);

// `count` devices with generated serials that are not in `taken`.
BatchPlan plan_generated(std::size_t count, const Recipe& recipe,
                         const std::function<bool(const std::string&)>& taken);

}  // namespace turnkey::registry
