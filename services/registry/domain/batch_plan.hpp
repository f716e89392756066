// SPDX-License-Identifier: Apache-2.0
// What a file of rows would make, judged row by row as the rows come in, every error of each at once. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/hash.hpp"
#include "core/time.hpp"
#include "domain/batch_columns.hpp"
#include "domain/batch_errors.hpp"
#include "domain/device.hpp"
#include "domain/recipe.hpp"

namespace turnkey::registry {

inline constexpr std::size_t kMaxBatchRows = 200'000;
inline constexpr std::size_t kMaxGenerated = 100'000;

struct PlannedDevice {
  std::string serial;
  std::string name;
  std::optional<core::GroupId>
      group_id{};  // with `provisioned_at` and `model`: registered and provisioned at once
  std::optional<std::string> model{};
  std::optional<core::Timestamp> provisioned_at{};
  Tags tags{};
  core::Sha256 row_hash{};  // of the row as it was given
};

// What the plan has to know of the installation.
struct BatchWorld {
  const Recipe& recipe;
  std::function<const Group*(const std::string& path)> group_by_path;  // "Tenant/Region/Site"
  core::Timestamp now;
};

struct PlanSummary {
  std::size_t rows = 0;
  std::size_t create = 0;
  std::size_t unchanged = 0;
  std::size_t provisioned = 0;  // of those to create
  std::size_t bad = 0;
  struct Sample {
    std::size_t line;
    std::string group_path;
    PlannedDevice device;
  };
  std::vector<Sample> sample{};  // the first five to create
};

class BatchPlanner {
 public:
  enum class Fate { create, unchanged, bad };
  struct Row {
    Fate fate = Fate::bad;
    PlannedDevice device{};
  };
  // A device that has the row's serial; `row_hash` is none when it was not made from a row.
  struct Existing {
    std::string row_hash;
  };

  BatchPlanner(const BatchColumns& columns, const BatchWorld& world, BatchErrors& errors)
      : columns_(columns), world_(world), errors_(errors) {}

  // Normalised; "" when the cell holds none.
  std::string serial_of(const CsvReader::Record& record) const;
  // Rows in the order of the file. A row that is there exactly as it was when it was registered is
  // `unchanged`, whatever became of its group or model since; any other use of a serial that exists is an
  // error.
  Row plan(const CsvReader::Record& record, const std::optional<Existing>& existing);
  const PlanSummary& summary() const { return summary_; }

 private:
  class Judge;
  Row judged(const CsvReader::Record& record, const std::optional<Existing>& existing);
  core::Sha256 hash_of(const CsvRow& row, const std::string& serial) const;

  const BatchColumns& columns_;
  const BatchWorld& world_;
  BatchErrors& errors_;
  PlanSummary summary_;
  std::unordered_map<std::string, std::size_t> first_line_;  // of each serial
};

}  // namespace turnkey::registry
