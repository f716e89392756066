// SPDX-License-Identifier: Apache-2.0
#include "domain/batch_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "domain/tags.hpp"
#include "domain/text.hpp"

namespace turnkey::registry {
namespace {

constexpr std::array<const char*, 5> kKnown = {"serial", "name", "group", "model", "provisioned_at"};
const std::vector<std::string> kAdded = {"device_id", "access_key", "access_secret", "qr"};

}  // namespace

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string BatchColumns::meaning_of(const std::string& name, std::size_t index) {
  const auto known = std::find(kKnown.begin(), kKnown.end(), name);
  if (known != kKnown.end()) {
    known_[static_cast<std::size_t>(known - kKnown.begin())] = index;
    return name;
  }
  if (std::find(kAdded.begin(), kAdded.end(), name) != kAdded.end()) return "ignored";
  tags_.emplace_back(name, index);
  return "tag";
}

std::size_t BatchColumns::place_of(const std::string& name) const {
  if (name.empty()) return 0;
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Column& column) { return column.name == name; });
  return static_cast<std::size_t>(found - all_.begin()) + 1;
}

BatchColumns::BatchColumns(const CsvReader::Record& header, BatchErrors& errors) {
  std::vector<RowError> of_columns;  // in their order, after what is wrong with all of it
  const auto wrong = [&](const std::string& column, const char* code, std::string message) {
    of_columns.push_back({header.line, column, code, std::move(message)});
  };
  const auto wrong_row = [&](const char* code, std::string message) {
    errors.add({header.line, "", code, std::move(message)});
  };
  if (header.trouble == CsvReader::Trouble::too_many_cells)
    wrong_row("too_many_cells", fmt::format("a file has at most {} columns", kMaxCsvColumns));
  if (header.trouble == CsvReader::Trouble::stray_quote)
    wrong_row("stray_quote", "a quote within a cell is written twice");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const std::string name = trimmed(header.cells[i]);
    if (name.empty() || characters(name) > kMaxTagKey) {
      wrong(
          fmt::format("column {}", i + 1), "bad_name",
          (name.empty() ? std::string() : in_quotes(name) + ": ") + "a column's name has 1 to 64 characters");
    } else if (!seen.insert(name).second) {
      wrong(name, "repeated", "each column is there once");
    }
    all_.push_back({name, meaning_of(name, i)});
  }
  if (tags_.size() > kMaxTags)
    wrong_row("too_many_tags", fmt::format("at most {} columns are tags", kMaxTags));
  if (!known_[0]) wrong("serial", "required", "a column named serial is needed");
  for (auto& error : of_columns) errors.add(std::move(error));
}

std::string BatchColumns::cell(const CsvRow& row, Known column) const {
  const auto index = known_[static_cast<std::size_t>(column)];
  return index && *index < row.size() ? trimmed(row[*index]) : std::string();
}

CsvRow BatchColumns::answer_header() const {
  CsvRow names;
  for (const auto& column : all_) names.push_back(column.name);
  return answer_row(names, kAdded);
}

CsvRow BatchColumns::answer_row(const CsvRow& row, CsvRow added) const {
  CsvRow cells;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].meaning != "ignored") cells.push_back(i < row.size() ? row[i] : std::string());
  }
  std::move(added.begin(), added.end(), std::back_inserter(cells));
  return cells;
}

}  // namespace turnkey::registry
