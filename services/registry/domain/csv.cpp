// SPDX-License-Identifier: Apache-2.0
#include "domain/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "contracts/json.hpp"

namespace turnkey::registry {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_utf8(std::string_view text) {
  try {
    (void)contracts::Json(std::string(text)).dump();
    return true;
  } catch (const contracts::Json::exception&) {
    return false;
  }
}

// Reads one record after the other; keeps count of lines for messages.
class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  bool at_end() const { return at_ >= text_.size(); }
  std::size_t line() const { return line_; }

  core::Result<CsvRow> record() {
    CsvRow cells;
    const std::size_t began = line_;
    for (;;) {
      std::string cell;
      if (!read_cell(cell))
        return core::invalid(fmt::format("Line {}: a quote is opened and not closed.", began));
      cells.push_back(std::move(cell));
      if (cells.size() > kMaxCsvColumns)
        return core::invalid(fmt::format("Line {}: at most {} cells are allowed.", began, kMaxCsvColumns));
      if (at_end()) return cells;
      if (text_[at_] == separator_) {
        ++at_;
        continue;
      }
      if (text_[at_] != '\r' && text_[at_] != '\n')
        return core::invalid(fmt::format("Line {}: a quote ends before its cell does.", line_));
      end_line();
      return cells;
    }
  }

 private:
  bool read_cell(std::string& cell) {
    if (at_end() || text_[at_] != '"') {
      while (!at_end() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r')
        cell += text_[at_++];
      return true;
    }
    ++at_;
    while (!at_end()) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_end() || text_[at_] != '"') return true;
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_++];
    }
    return false;
  }

  void end_line() {
    if (text_[at_] == '\r') ++at_;
    if (!at_end() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

bool is_empty(const CsvRow& row) {
  return std::all_of(row.begin(), row.end(), [](const std::string& cell) { return cell.empty(); });
}

char separator_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  return std::count(first.begin(), first.end(), ';') > std::count(first.begin(), first.end(), ',') ? ';'
                                                                                                   : ',';
}

bool looks_like_a_formula(const std::string& cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos;
}

}  // namespace

core::Result<CsvTable> parse_csv(std::string_view text) {
  if (!is_utf8(text)) return core::invalid("The file is not UTF-8 text.");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Reader reader(text, separator_of(text));
  CsvTable table;
  while (!reader.at_end()) {
    const std::size_t line = reader.line();
    auto row = reader.record();
    if (!row) return row.error();
    if (is_empty(*row)) continue;
    if (table.header.empty()) {
      table.header = std::move(*row);
      continue;
    }
    if (row->size() > table.header.size())
      return core::invalid(
          fmt::format("Line {} has {} cells, the header has {}.", line, row->size(), table.header.size()));
    if (table.rows.size() == kMaxCsvRows)
      return core::invalid(fmt::format("The file has more than {} rows.", kMaxCsvRows));
    row->resize(table.header.size());
    table.rows.push_back(std::move(*row));
    table.lines.push_back(line);
  }
  if (table.header.empty()) return core::invalid("The file is empty.");
  return table;
}

std::string csv_line(const CsvRow& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    const std::string cell = looks_like_a_formula(cells[i]) ? "'" + cells[i] : cells[i];
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace turnkey::registry
