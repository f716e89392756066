// SPDX-License-Identifier: Apache-2.0
#include "output/text.hpp"

#include <catch2/catch.hpp>

#include "output/progress.hpp"
#include "output/table.hpp"

using namespace turnkey::ctl;
using turnkey::contracts::Json;

TEST_CASE("a name cannot write escape sequences to the terminal") {
  CHECK(printable("\x1b[2J\x1b]0;owned\x07") == "\\x1b[2J\\x1b]0;owned\\x07");
  CHECK(printable("a\rb\nc\td\x7f") == "a\\rb\\nc\\td\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9b31m");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("a name cannot turn the line around or break it") {
  CHECK(printable("\xe2\x80\xae"
                  "abc") == "\\u202eabc");
  CHECK(printable("\xe2\x81\xa6") == "\\u2066");
  CHECK(printable("\xe2\x80\xa8") == "\\u2028");
}

TEST_CASE("bytes that are no UTF-8 become a replacement character each") {
  CHECK(printable("a\xff"
                  "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(printable("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(printable("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(printable("\xe2\x82") == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("letters of the world stay as they are") {
  CHECK(printable("Zürich 発電機 🔋") == "Zürich 発電機 🔋");
  CHECK(printable_lines("a\nb") == "a\nb");
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(width("Zürich") == 6);
  CHECK(width("発電機") == 6);
  CHECK(width("e\xcc\x81") == 1);
  CHECK(width("🔋") == 2);
}

TEST_CASE("text is cut between characters and never wider than asked") {
  CHECK(fitted("Zürich", 6) == "Zürich");
  CHECK(fitted("Zürich", 5) == "Züri…");
  CHECK(fitted("発電機", 4) == "発…");
  CHECK(fitted("abc", 0).empty());
  CHECK(padded("発", 4) == "発  ");
}

TEST_CASE("a table lines its columns up, and shrinks the widest to the terminal") {
  Table table({"SERIAL", "NAME"});
  table.add({"GEN-1", "Zürich"});
  table.add({"GEN-22222", "a name that is long enough to be cut"});
  CHECK(table.text(0) ==
        "SERIAL     NAME\n"
        "GEN-1      Zürich\n"
        "GEN-22222  a name that is long enough to be cut\n");
  CHECK(table.text(24) ==
        "SERIAL     NAME\n"
        "GEN-1      Zürich\n"
        "GEN-22222  a name that …\n");
}

TEST_CASE("every cell of a table is neutralised") {
  Table table({"NAME"});
  table.add({"\x1b[31mred\nGEN-2  fake row"});
  CHECK(table.text(0) == "NAME\n\\x1b[31mred\\nGEN-2  fake row\n");
}

TEST_CASE("cells show times, lists and tags for people, and a dash for nothing") {
  const Json row = {{"at", "2026-11-22T21:48:05.130Z"},
                    {"on", true},
                    {"list", {"a", "b"}},
                    {"tags", {{"floor", "9"}}},
                    {"none", nullptr}};
  CHECK(cell(row, {"", "/at", Form::time}) == "2026-11-22 21:48:05");
  CHECK(cell(row, {"", "/on", Form::yes_no}) == "yes");
  CHECK(cell(row, {"", "/list", Form::list}) == "a, b");
  CHECK(cell(row, {"", "/tags", Form::tags}) == "floor=9");
  CHECK(cell(row, {"", "/none"}) == "-");
  CHECK(cell(row, {"", "/missing/deep"}) == "-");
}

TEST_CASE("progress says how far it is") {
  CHECK(progress_text("Writing", 50, 200) == "Writing      [######                  ]  25 %  50 of 200");
  CHECK(progress_text("Writing", 300, 200).find("100 %") != std::string::npos);
  CHECK(progress_text("Waiting", 0, 0) == "Waiting      ...");
}
