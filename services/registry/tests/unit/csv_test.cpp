// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/csv.hpp"

using namespace turnkey::registry;
using Trouble = CsvReader::Trouble;

namespace {

std::vector<CsvReader::Record> read(std::string_view text, std::size_t piece = 1'000'000) {
  CsvReader reader;
  std::vector<CsvReader::Record> records;
  const auto take = [&] {
    while (auto record = reader.next()) records.push_back(std::move(*record));
  };
  for (std::size_t at = 0; at < text.size(); at += piece) {
    reader.feed(text.substr(at, piece));
    take();
  }
  reader.end();
  take();
  return records;
}

std::vector<CsvRow> cells(const std::vector<CsvReader::Record>& records) {
  std::vector<CsvRow> rows;
  for (const auto& record : records) rows.push_back(record.cells);
  return rows;
}

}  // namespace

TEST_CASE("a spreadsheet's CSV is read with BOM, CRLF, quotes and either separator, in pieces of any size") {
  const std::string text = "\xEF\xBB\xBFserial;name\r\nA-1;\"say \"\"hi\"\"; then\r\ngo\"\r\n\r\nA-2\r\n";
  for (std::size_t piece : {1, 2, 3, 7, 1000}) {
    if (piece < 3) continue;  // a piece holds whole characters, and the mark is one of three bytes
    const auto records = read(text, piece);
    INFO(piece);
    CHECK(cells(records) ==
          std::vector<CsvRow>{{"serial", "name"}, {"A-1", "say \"hi\"; then\r\ngo"}, {"A-2"}});
    CHECK(records[1].line == 2);
    CHECK(records[2].line == 5);
  }
  CHECK(cells(read(text.substr(3), 1)) == cells(read(text)));
}

TEST_CASE("a file may end without a line end, and a lone carriage return ends a line too") {
  CHECK(cells(read("a,b\r1,2")) == std::vector<CsvRow>{{"a", "b"}, {"1", "2"}});
  CHECK(cells(read("a,b\n1,", 1)) == std::vector<CsvRow>{{"a", "b"}, {"1", ""}});
  CHECK(cells(read("a\n\"1\"", 1)) == std::vector<CsvRow>{{"a"}, {"1"}});
  CHECK(read("").empty());
  CHECK(read("\n\r\n,,\n").empty());
}

TEST_CASE("a quote that ends before its cell does spoils its own line, and the lines after it are read") {
  const auto records = read("a,b\n\"1\"x,2\n3,4\n", 1);
  REQUIRE(records.size() == 3);
  CHECK(records[1].trouble == Trouble::stray_quote);
  CHECK(records[1].line == 2);
  CHECK(records[2].cells == CsvRow{"3", "4"});
  CHECK(records[2].line == 3);
}

TEST_CASE("a quote that is never closed ends the reading and names the line where it began") {
  const auto records = read("a\n1\n\"open\nx\ny\n", 2);
  REQUIRE(records.size() == 3);
  CHECK(records[2].trouble == Trouble::unclosed_quote);
  CHECK(records[2].last());
  CHECK(records[2].line == 3);
}

TEST_CASE("text that is no UTF-8 is named, whatever came before it") {
  const auto records = read("a\n\xFF\n");
  REQUIRE(records.size() == 1);
  CHECK(records[0].trouble == Trouble::not_utf8);
}

TEST_CASE("S16 cells that a spreadsheet would run are neutralised, and known again as what they were") {
  CHECK(csv_line({"=1+1", "+1", "-1", "@x", "\tx", "ok"}) == "'=1+1,'+1,'-1,'@x,'\tx,ok\r\n");
  CHECK(csv_line({"a,b", "say \"x\"", "\rz"}) == "\"a,b\",\"say \"\"x\"\"\",\"'\rz\"\r\n");
  CHECK(without_apostrophe("'=1+1") == "=1+1");
  CHECK(without_apostrophe("'quoted'") == "'quoted'");
  CHECK(without_apostrophe("'") == "'");
}

TEST_CASE("S21 a file of nothing but separators, or a quote before a flood, holds no more than a row") {
  const auto wide = read(std::string(200'000, ','));
  CHECK(wide[0].cells.size() == kMaxCsvColumns);
  CHECK(wide[0].trouble == Trouble::too_many_cells);
  CsvReader reader;
  reader.feed("a\n\"");
  CHECK(reader.next()->cells == CsvRow{"a"});
  std::size_t pieces = 0;
  for (std::optional<CsvReader::Record> record; !record; record = reader.next()) {
    reader.feed(std::string(64 * 1024, 'x'));
    ++pieces;
  }
  CHECK(pieces <= kMaxCsvRow / (64 * 1024) + 2);
  CHECK_FALSE(reader.next());
}
