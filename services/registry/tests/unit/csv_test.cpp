// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/csv.hpp"

using namespace turnkey::registry;

TEST_CASE("a spreadsheet's CSV is read with BOM, CRLF, quotes and either separator") {
  const auto table = parse_csv("\xEF\xBB\xBFserial;name\r\nA-1;\"say \"\"hi\"\"; then go\"\r\n\r\nA-2\r\n");
  REQUIRE(table.has_value());
  CHECK(table->header == CsvRow{"serial", "name"});
  CHECK(table->rows == std::vector<CsvRow>{{"A-1", "say \"hi\"; then go"}, {"A-2", ""}});
  CHECK(table->lines == std::vector<std::size_t>{2, 4});
}

TEST_CASE("a quoted cell may hold a line break, and later lines are still counted right") {
  const auto table = parse_csv("serial,name\nA-1,\"two\nlines\"\nA-2,x\n");
  REQUIRE(table.has_value());
  CHECK(table->rows[0][1] == "two\nlines");
  CHECK(table->lines[1] == 4);
}

TEST_CASE("broken CSV is refused with the line") {
  CHECK(parse_csv("a,b\n1,2,3\n").error().message.find("Line 2") != std::string::npos);
  CHECK(parse_csv("a\n\"open\n").error().message.find("Line 2") != std::string::npos);
  CHECK_FALSE(parse_csv("").has_value());
  CHECK_FALSE(parse_csv("a\n\xFF\n").has_value());
}

TEST_CASE("S16 cells that a spreadsheet would run are neutralised") {
  CHECK(csv_line({"=1+1", "+1", "-1", "@x", "\tx", "ok"}) == "'=1+1,'+1,'-1,'@x,'\tx,ok\r\n");
  CHECK(csv_line({"a,b", "say \"x\"", "\rz"}) == "\"a,b\",\"say \"\"x\"\"\",\"'\rz\"\r\n");
}

TEST_CASE("a quote that ends before its cell does is refused, not taken for the end of the line") {
  CHECK(parse_csv("a,b\n\"1\"x,2\n").error().message.find("Line 2") != std::string::npos);
  CHECK(parse_csv("a\n\"1\"\n")->rows.size() == 1);
}

TEST_CASE("S21 a file of nothing but separators or line ends does not become gigabytes of cells") {
  CHECK_FALSE(parse_csv(std::string(1'000'000, ',')).has_value());
  std::string header = "c0";
  for (std::size_t i = 1; i < kMaxCsvColumns; ++i) header += ",c" + std::to_string(i);
  CHECK(parse_csv(header + "\n1\n").has_value());
  CHECK_FALSE(parse_csv(header + ",more\n1\n").has_value());
  std::string rows = "a\n";
  for (std::size_t i = 0; i < kMaxCsvRows; ++i) rows += "x\n";
  CHECK(parse_csv(rows)->rows.size() == kMaxCsvRows);
  CHECK_FALSE(parse_csv(rows + "x\n").has_value());
}
