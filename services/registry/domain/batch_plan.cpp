// SPDX-License-Identifier: Apache-2.0
#include "domain/batch_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/serial.hpp"
#include "domain/tags.hpp"
#include "domain/text.hpp"

namespace turnkey::registry {
namespace {

using Known = BatchColumns::Known;
using Trouble = CsvReader::Trouble;

constexpr std::size_t kSample = 5;
constexpr std::size_t kLongestText = 255;  // characters

// Lengths in front, so that no two rows give the same text.
void append(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

}  // namespace

// Collects the errors of one row.
class BatchPlanner::Judge {
 public:
  Judge(const BatchColumns& columns, const BatchWorld& world, const CsvReader::Record& record)
      : columns_(columns), world_(world), record_(record) {}

  PlannedDevice read(const std::string& serial) {
    PlannedDevice device;
    device.serial = serial;
    read_shape();
    if (serial.empty()) read_bad_serial();
    device.name = cell(Known::name);
    if (device.name.empty()) device.name = device.serial;
    if (characters(device.name) > kLongestText)
      wrong_cell("name", device.name, "too_long", "at most 255 characters are allowed");
    read_owner(device);
    read_tags(device);
    return device;
  }

  void wrong(std::string column, const char* code, std::string message) {
    errors_.push_back({record_.line, std::move(column), code, std::move(message)});
  }
  // Says what the cell holds, where it holds something.
  void wrong_cell(const std::string& column, const std::string& value, const char* code,
                  const std::string& message) {
    wrong(column, code, value.empty() ? message : in_quotes(value) + ": " + message);
  }
  void wrong_serial(const char* code, const std::string& message) {
    wrong_cell("serial", cell(Known::serial), code, message);
  }
  // In the order of the columns; what is wrong with the whole row comes first.
  std::vector<RowError> errors() && {
    std::stable_sort(errors_.begin(), errors_.end(), [this](const RowError& one, const RowError& other) {
      return columns_.place_of(one.column) < columns_.place_of(other.column);
    });
    return std::move(errors_);
  }
  bool fine() const { return errors_.empty(); }

 private:
  std::string cell(Known column) const { return columns_.cell(record_.cells, column); }

  void read_shape() {
    const bool wide = record_.trouble == Trouble::too_many_cells || record_.cells.size() > columns_.size();
    if (wide)
      wrong("", "too_many_cells", fmt::format("the header has {} cells, no row has more", columns_.size()));
    if (record_.trouble == Trouble::stray_quote)
      wrong("", "stray_quote", "a quote within a cell is written twice");
  }

  void read_bad_serial() {
    const bool missing = cell(Known::serial).empty();
    wrong_serial(missing ? "required" : "malformed", "4 to 64 of A-Z, 0-9, dot, _ and - are needed");
  }

  void read_owner(PlannedDevice& device) {
    const std::string path = cell(Known::group);
    const std::string model = cell(Known::model);
    const std::string since = cell(Known::provisioned_at);
    if (path.empty()) {
      if (!model.empty())
        wrong_cell("model", model, "without_group", "a model is given together with a group");
      if (!since.empty())
        wrong_cell("provisioned_at", since, "without_group", "it is given together with a group");
      return;
    }
    const Group* group = world_.group_by_path(path);
    if (group == nullptr) {
      wrong_cell("group", path, "unknown", "the path of a group is needed, such as Tenant/Region/Site");
    } else if (!group->leaf) {
      wrong_cell("group", path, "not_a_leaf", "devices belong to groups that have none below");
    } else {
      device.group_id = group->id;
    }
    if (world_.recipe.model(model) == nullptr)
      wrong_cell("model", model, model.empty() ? "required" : "unknown",
                 "the key of one of the recipe's models is needed");
    device.model = model;
    device.provisioned_at = since.empty() ? world_.now : read_since(since);
  }

  core::Timestamp read_since(const std::string& text) {
    const auto time = core::from_iso(text);
    if (!time || *time > world_.now)
      wrong_cell("provisioned_at", text, time ? "in_the_future" : "malformed",
                 "a past time such as 2026-11-22T21:48:05Z is needed");
    return time.value_or(world_.now);
  }

  void read_tags(PlannedDevice& device) {
    device.tags = world_.recipe.tags;
    for (const auto& [key, column] : columns_.tags()) {
      if (column >= record_.cells.size()) continue;
      std::string value = trimmed(record_.cells[column]);
      if (characters(value) > kMaxTagValue)
        wrong_cell(key, value, "too_long", "at most 255 characters are allowed");
      if (!value.empty()) device.tags[key] = std::move(value);
    }
    if (device.tags.size() > kMaxTags)
      wrong("", "too_many_tags", fmt::format("with the recipe's, at most {} tags are allowed", kMaxTags));
  }

  const BatchColumns& columns_;
  const BatchWorld& world_;
  const CsvReader::Record& record_;
  std::vector<RowError> errors_;
};

std::string BatchPlanner::serial_of(const CsvReader::Record& record) const {
  // In an answer of ours one that begins with a hyphen has an apostrophe in front.
  const auto serial = core::Serial::parse(without_apostrophe(columns_.cell(record.cells, Known::serial)));
  return serial ? serial->str() : std::string();
}

core::Sha256 BatchPlanner::hash_of(const CsvRow& row, const std::string& serial) const {
  std::string text;
  append(text, world_.recipe.id.str());
  append(text, serial);
  for (const Known column : {Known::name, Known::group, Known::model, Known::provisioned_at})
    append(text, without_apostrophe(columns_.cell(row, column)));
  std::vector<std::pair<std::string_view, std::string>> tags;
  for (const auto& [key, column] : columns_.tags()) {
    std::string value = column < row.size() ? trimmed(row[column]) : std::string();
    if (!value.empty()) tags.emplace_back(without_apostrophe(key), std::move(value));
  }
  std::sort(tags.begin(), tags.end());
  for (const auto& [key, value] : tags) {
    append(text, key);
    append(text, without_apostrophe(value));
  }
  return core::sha256(text);
}

BatchPlanner::Row BatchPlanner::judged(const CsvReader::Record& record,
                                       const std::optional<Existing>& existing) {
  const std::string serial = serial_of(record);
  const auto [first, fresh] = first_line_.try_emplace(serial, record.line);
  const core::Sha256 hash = hash_of(record.cells, serial);
  const bool whole = record.trouble == Trouble::none && record.cells.size() <= columns_.size();
  const bool same = existing && existing->row_hash == core::view(hash);
  if (!serial.empty() && fresh && whole && same) {
    Row unchanged{Fate::unchanged, {}};
    unchanged.device.serial = serial;
    return unchanged;
  }
  Judge judge(columns_, world_, record);
  Row row{Fate::create, judge.read(serial)};
  row.device.row_hash = hash;
  if (!serial.empty() && !fresh)
    judge.wrong_serial("repeated", fmt::format("each serial once: it is in line {} already", first->second));
  if (!serial.empty() && fresh && existing)
    judge.wrong_serial("taken", "a serial that no device has yet is needed");
  if (!judge.fine()) row.fate = Fate::bad;
  for (auto& error : std::move(judge).errors()) errors_.add(std::move(error));
  return row;
}

BatchPlanner::Row BatchPlanner::plan(const CsvReader::Record& record,
                                     const std::optional<Existing>& existing) {
  Row row = judged(record, existing);
  ++summary_.rows;
  summary_.unchanged += row.fate == Fate::unchanged;
  summary_.bad += row.fate == Fate::bad;
  if (row.fate != Fate::create) return row;
  ++summary_.create;
  summary_.provisioned += row.device.group_id.has_value();
  if (summary_.sample.size() < kSample)
    summary_.sample.push_back({record.line, columns_.cell(record.cells, Known::group), row.device});
  return row;
}

}  // namespace turnkey::registry
