// SPDX-License-Identifier: Apache-2.0
// CSV as spreadsheets write and read it (RFC 4180, with BOM, with `,` or `;`, LF or CRLF). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::registry {

using CsvRow = std::vector<std::string>;

// What one file may hold: a megabyte of separators must not become gigabytes of cells, nor a quote that is
// never closed hold the rest of the file in memory.
inline constexpr std::size_t kMaxCsvColumns = 128;
inline constexpr std::size_t kMaxCsvRow = 256 * 1024;  // bytes

// Reads rows out of a text that comes in pieces, and holds no more than a piece and a row of it. Empty lines
// are left out. Not thread safe.
class CsvReader {
 public:
  enum class Trouble {
    none,
    not_utf8,        // of a piece; nothing is read after it
    unclosed_quote,  // or a row beyond kMaxCsvRow; nothing is read after it
    stray_quote,     // ends before its cell does; the rest of the line is left out
    too_many_cells,  // beyond kMaxCsvColumns; the rest of the row is left out
  };
  struct Record {
    std::size_t line = 0;  // where it began, counted from 1
    CsvRow cells{};
    Trouble trouble = Trouble::none;
    bool last() const { return trouble == Trouble::not_utf8 || trouble == Trouble::unclosed_quote; }
  };

  void feed(std::string_view piece);  // cut between characters
  void end();                         // no more pieces come
  // The next row; nothing when another piece is needed for it, or at the end.
  std::optional<Record> next();

 private:
  class Scan;
  std::optional<Record> give_up(Trouble trouble);
  void find_separator();
  std::string text_;  // what is not read yet, from `at_` on
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  char separator_ = '\0';  // none yet: the first line decides
  bool ended_ = false;
  bool given_up_ = false;
  bool utf8_ = true;
};

// One row with its line end. Cells that a spreadsheet would take for a formula get an apostrophe in front
// (S16).
std::string csv_line(const CsvRow& cells);
// A cell as it was before `csv_line` put an apostrophe in front.
std::string_view without_apostrophe(std::string_view cell);

}  // namespace turnkey::registry
