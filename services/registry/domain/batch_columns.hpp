// SPDX-License-Identifier: Apache-2.0
// What the columns of a file of devices mean, by the names in its header. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/batch_errors.hpp"
#include "domain/csv.hpp"

namespace turnkey::registry {

// `serial` (needed), `name`, `group`, `model` and `provisioned_at`; the columns that an answer of ours adds
// are ignored, so that a file that was handed back once can be used again; every other one is a tag.
class BatchColumns {
 public:
  enum class Known { serial, name, group, model, provisioned_at };
  struct Column {
    std::string name;
    std::string meaning;  // serial name group model provisioned_at tag ignored
  };

  BatchColumns() = default;
  // What is wrong with the header goes into `errors`.
  BatchColumns(const CsvReader::Record& header, BatchErrors& errors);

  std::size_t size() const { return all_.size(); }
  const std::vector<Column>& all() const { return all_; }
  // Where the column of this name stands, counted from 1; 0 for "", the whole row.
  std::size_t place_of(const std::string& name) const;
  // The cell without blanks around it; "" when there is no such column.
  std::string cell(const CsvRow& row, Known column) const;
  const std::vector<std::pair<std::string, std::size_t>>& tags() const { return tags_; }

  // The row as an answer shows it: without what is ignored, with `added` at its end.
  CsvRow answer_header() const;
  CsvRow answer_row(const CsvRow& row, CsvRow added) const;

 private:
  std::string meaning_of(const std::string& name, std::size_t index);
  std::vector<Column> all_;
  std::array<std::optional<std::size_t>, 5> known_{};
  std::vector<std::pair<std::string, std::size_t>> tags_;
};

std::string trimmed(const std::string& text);  // without blanks and tabs around it

}  // namespace turnkey::registry
