// SPDX-License-Identifier: Apache-2.0
// CSV as spreadsheets write and read it (RFC 4180, with BOM, with `,` or `;`, LF or CRLF). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace turnkey::registry {

using CsvRow = std::vector<std::string>;
struct CsvTable {
  CsvRow header;
  std::vector<CsvRow> rows;        // empty lines are left out
  std::vector<std::size_t> lines;  // where each row began, counted from 1
};

// What one file may hold: a megabyte of separators must not become gigabytes of cells.
inline constexpr std::size_t kMaxCsvColumns = 128;
inline constexpr std::size_t kMaxCsvRows = 5000;

// `invalid` for text that is no UTF-8, a quote that does not end or is not the cell's end, rows with more
// cells than the header, and more columns or rows than those.
core::Result<CsvTable> parse_csv(std::string_view text);

// One row with its line end. Cells that a spreadsheet would take for a formula get an apostrophe in front
// (S16).
std::string csv_line(const CsvRow& cells);

}  // namespace turnkey::registry
