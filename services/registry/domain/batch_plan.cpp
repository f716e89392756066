// SPDX-License-Identifier: Apache-2.0
#include "domain/batch_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/serial.hpp"
#include "domain/tags.hpp"
#include "domain/text.hpp"

namespace turnkey::registry {
namespace {

using core::FieldError;

constexpr std::size_t kMostErrors = 5000;  // what a reply carries; whoever mends those sends the file again

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Columns by name; the rest are tags.
struct Columns {
  std::map<std::string, std::size_t> known;
  std::vector<std::pair<std::string, std::size_t>> tags;
};

Columns columns_of(const CsvRow& header, std::vector<FieldError>& errors) {
  static const std::set<std::string> kKnown = {"serial", "name", "group", "model", "provisioned_at"};
  // Columns of our own output: a file that was handed back once can be used again.
  static const std::set<std::string> kIgnored = {"device_id", "access_key", "access_secret", "qr"};
  Columns columns;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = trimmed(header[i]);
    if (name.empty() || characters(name) > kMaxTagKey) {
      errors.push_back(
          {fmt::format("column {}", i + 1), "bad_name", "a column's name has 1 to 64 characters"});
    } else if (!seen.insert(name).second) {
      errors.push_back({fmt::format("column {}", name), "repeated", "this column is there twice"});
    } else if (kKnown.count(name) != 0) {
      columns.known[name] = i;
    } else if (kIgnored.count(name) == 0) {
      columns.tags.emplace_back(name, i);
    }
  }
  if (columns.tags.size() > kMaxTags)
    errors.push_back({"columns", "too_long", fmt::format("at most {} columns are tags", kMaxTags)});
  if (columns.known.count("serial") == 0)
    errors.push_back({"column serial", "required", "a column named serial is needed"});
  return columns;
}

// One row at a time against the columns and the world.
class RowReader {
 public:
  RowReader(const CsvTable& table, const Columns& columns, const BatchWorld& world,
            std::vector<FieldError>& errors)
      : table_(table), columns_(columns), world_(world), errors_(errors) {}

  PlannedDevice read(std::size_t index) {
    index_ = index;
    PlannedDevice device;
    device.serial = serial();
    device.name = cell("name");
    if (device.name.empty()) device.name = device.serial;
    if (characters(device.name) > 255) wrong("name", "too_long", "at most 255 characters are allowed");
    read_owner(device);
    device.tags = world_.recipe.tags;
    for (const auto& [key, column] : columns_.tags) {
      const std::string value = trimmed(table_.rows[index_][column]);
      if (characters(value) > kMaxTagValue) wrong(key, "too_long", "at most 255 characters are allowed");
      if (!value.empty()) device.tags[key] = value;
    }
    if (device.tags.size() > kMaxTags)
      wrong("serial", "too_many_tags",
            fmt::format("with the recipe's, at most {} tags are allowed", kMaxTags));
    return device;
  }

  std::size_t wrong_cells() const { return wrong_cells_; }

 private:
  std::string cell(const char* column) const {
    const auto it = columns_.known.find(column);
    return it == columns_.known.end() ? std::string() : trimmed(table_.rows[index_][it->second]);
  }
  void wrong(const std::string& column, const char* code, std::string message) {
    ++wrong_cells_;
    if (errors_.size() >= kMostErrors) return;
    errors_.push_back({fmt::format("line {}, {}", table_.lines[index_], column), code, std::move(message)});
  }

  std::string serial() {
    const std::string text = cell("serial");
    const auto serial = core::Serial::parse(text);
    if (!serial) {
      wrong("serial", text.empty() ? "required" : "malformed",
            "4 to 64 of A-Z, 0-9, dot, _ and - are needed");
      return text;
    }
    const auto [first, fresh] = first_line_.emplace(serial->str(), table_.lines[index_]);
    if (!fresh) wrong("serial", "repeated", fmt::format("it is in line {} already", first->second));
    if (world_.taken_serials.count(serial->str()) != 0)
      wrong("serial", "taken", "a device with this serial exists");
    return serial->str();
  }

  void read_owner(PlannedDevice& device) {
    const std::string path = cell("group");
    const std::string model = cell("model");
    const std::string since = cell("provisioned_at");
    if (path.empty()) {
      if (!model.empty()) wrong("model", "without_group", "a model is given together with a group");
      if (!since.empty()) wrong("provisioned_at", "without_group", "it is given together with a group");
      return;
    }
    const Group* group = world_.group_by_path(path);
    if (group == nullptr) {
      wrong("group", "unknown", "no group has this path");
    } else if (!group->leaf) {
      wrong("group", "not_a_leaf", "devices belong to groups that have none below");
    } else {
      device.group_id = group->id;
      device.group_path = group->path;
    }
    if (world_.recipe.model(model) == nullptr) wrong("model", "unknown", "the recipe has no such model");
    device.model = model;
    device.provisioned_at = since.empty() ? world_.now : read_since(since);
  }

  core::Timestamp read_since(const std::string& text) {
    const auto time = core::from_iso(text);
    if (!time || *time > world_.now)
      wrong("provisioned_at", "malformed", "a past time such as 2026-11-22T21:48:05Z is needed");
    return time.value_or(world_.now);
  }

  const CsvTable& table_;
  const Columns& columns_;
  const BatchWorld& world_;
  std::vector<FieldError>& errors_;
  std::size_t index_ = 0;
  std::size_t wrong_cells_ = 0;
  std::map<std::string, std::size_t> first_line_;
};

}  // namespace

std::vector<std::string> serials_of(const CsvTable& table) {
  std::vector<std::string> serials;
  const auto column = std::find_if(table.header.begin(), table.header.end(),
                                   [](const std::string& name) { return trimmed(name) == "serial"; });
  if (column == table.header.end()) return serials;
  for (const auto& row : table.rows) {
    if (const auto serial = core::Serial::parse(row[static_cast<std::size_t>(column - table.header.begin())]))
      serials.push_back(serial->str());
  }
  return serials;
}

core::Result<BatchPlan> plan_batch(CsvTable table, const BatchWorld& world) {
  if (table.rows.empty()) return core::invalid("The file has no rows.");
  std::vector<FieldError> errors;
  const Columns columns = columns_of(table.header, errors);
  if (!errors.empty()) return core::invalid("The columns are not right.", std::move(errors));
  BatchPlan plan;
  RowReader reader(table, columns, world, errors);
  for (std::size_t i = 0; i < table.rows.size(); ++i) plan.devices.push_back(reader.read(i));
  if (!errors.empty())
    return core::invalid(fmt::format("{} cells are not right; nothing was registered.", reader.wrong_cells()),
                         std::move(errors));
  plan.input = std::move(table);
  return plan;
}

BatchPlan plan_generated(std::size_t count, const Recipe& recipe,
                         const std::function<bool(const std::string&)>& taken) {
  BatchPlan plan;
  plan.input.header = {"serial"};
  std::set<std::string> made;
  while (plan.devices.size() < count) {
    const std::string serial = core::make_serial(recipe.serial_prefix).str();
    if (taken(serial) || !made.insert(serial).second) continue;
    plan.input.rows.push_back({serial});
    plan.devices.push_back({serial, serial, {}, {}, {}, {}, recipe.tags});
  }
  return plan;
}

}  // namespace turnkey::registry
