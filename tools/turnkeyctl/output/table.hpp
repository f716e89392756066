// SPDX-License-Identifier: Apache-2.0
// Tables for people: a head, rows, two blanks between columns; columns shrink to the terminal's width. Cells
// are neutralised here, so that no caller can forget it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::ctl {

enum class Form { text, time, yes_no, list, tags };

struct Column {
  std::string title;
  std::string pointer;  // into the row's JSON ("/recipe/name")
  Form form = Form::text;
};

class Table {
 public:
  explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}
  void add(std::vector<std::string> cells);
  // `columns` 0: as wide as it gets (no terminal). Every line ends with a line feed.
  std::string text(std::size_t columns) const;

 private:
  std::vector<std::size_t> widths(std::size_t columns) const;
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

// "-" for what is missing or null.
std::string cell(const contracts::Json& row, const Column& column);
Table table_of(const contracts::Json& items, const std::vector<Column>& columns);
// One thing: "Title  value", a line each.
std::string sheet_of(const contracts::Json& thing, const std::vector<Column>& columns, std::size_t width);

}  // namespace turnkey::ctl
