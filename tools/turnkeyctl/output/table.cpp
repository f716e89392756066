// SPDX-License-Identifier: Apache-2.0
#include "output/table.hpp"

#include <algorithm>
#include <numeric>

#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

using contracts::Json;

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  // a column is not cut below this

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "2026-11-22T21:48:05.130Z" -> "2026-11-22 21:48:05"; anything else as it is.
std::string short_time(std::string text) {
  if (text.size() != 24 || text[10] != 'T' || text.back() != 'Z') return text;
  text.resize(19);
  text[10] = ' ';
  return text;
}

std::string joined(const Json& list) {
  std::string text;
  for (const auto& value : list) text += (text.empty() ? "" : ", ") + plain(value);
  return text.empty() ? "-" : text;
}

std::string joined_tags(const Json& tags) {
  std::string text;
  for (const auto& [key, value] : tags.items()) text += (text.empty() ? "" : ", ") + key + "=" + plain(value);
  return text.empty() ? "-" : text;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  for (auto& one : cells) one = printable(one);
  cells.resize(titles_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < titles_.size(); ++i) {
    std::size_t widest = width(titles_[i]);
    for (const auto& row : rows_) widest = std::max(widest, width(row[i]));
    widths.push_back(widest);
  }
  if (columns == 0 || widths.empty()) return widths;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > columns) {  // the widest gives first
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::text(std::size_t columns) const {
  const auto sizes = widths(columns);
  std::string out;
  const auto write = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      line += padded(fitted(cells[i], sizes[i]), sizes[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  write(titles_);
  for (const auto& row : rows_) write(row);
  return out;
}

std::string cell(const Json& row, const Column& column) {
  const Json::json_pointer pointer(column.pointer);
  if (!row.contains(pointer)) return "-";
  const Json& value = row.at(pointer);
  if (value.is_null()) return "-";
  switch (column.form) {
    case Form::time:
      return short_time(plain(value));
    case Form::yes_no:
      return value.is_boolean() && value.get<bool>() ? "yes" : "no";
    case Form::list:
      return joined(value);
    case Form::tags:
      return joined_tags(value);
    case Form::text:
      return plain(value);
  }
  return plain(value);
}

Table table_of(const Json& items, const std::vector<Column>& columns) {
  std::vector<std::string> titles;
  for (const auto& column : columns) titles.push_back(column.title);
  Table table(std::move(titles));
  for (const auto& row : items) {
    std::vector<std::string> cells;
    for (const auto& column : columns) cells.push_back(cell(row, column));
    table.add(std::move(cells));
  }
  return table;
}

std::string sheet_of(const Json& thing, const std::vector<Column>& columns, std::size_t columns_wide) {
  std::size_t widest = 0;
  for (const auto& column : columns) widest = std::max(widest, width(column.title));
  std::string out;
  for (const auto& column : columns) {
    std::string value = printable(cell(thing, column));
    const std::size_t used = widest + kGap;
    if (columns_wide > used + kNarrowest) value = fitted(value, columns_wide - used);
    out += padded(column.title, used) + value + "\n";
  }
  return out;
}

}  // namespace turnkey::ctl
