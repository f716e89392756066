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
