// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fstream>

#include "labels/document.hpp"
#include "labels/text.hpp"

using namespace turnkey;
using namespace turnkey::labels;

namespace {

const Fonts& fonts() {
  static const Fonts loaded = Fonts::load(Fonts::kUsualFolder).value();
  return loaded;
}

Document document_of(const std::string& title, const std::string& product) {
  Order order{*find_sheet("roll-100x50"), "turnkey.example", title, product, fonts()};
  order.serials = {"GEN-7K3M-Q9XT-4Z"};
  order.dots_per_mm = 8;
  return plan(std::move(order)).value();
}

std::string words_of_svg(const std::string& svg) {
  std::string words;
  for (auto at = svg.find("<text"); at != std::string::npos; at = svg.find("<text", at + 1)) {
    const auto begin = svg.find('>', at) + 1;
    words += svg.substr(begin, svg.find("</text>", at) - begin) + "|";
  }
  return words;
}

}  // namespace

TEST_CASE("serials are shown in groups of four, and those with hyphens as they are") {
  CHECK(grouped_serial("ABCD1234EF") == "ABCD 1234 EF");
  CHECK(grouped_serial("ABCD") == "ABCD");
  CHECK(grouped_serial("GEN-7K3M-Q9XT-4Z") == "GEN-7K3M-Q9XT-4Z");
}

TEST_CASE("S15 names lose their controls and what turns the direction of text, and keep every script") {
  CHECK(utf8(cleaned(" a\n\tb\x01  c ")) == "a b c");
  CHECK(utf8(cleaned("safe\u202Egnp.exe\u2066\u200B\uFEFF")) == "safegnp.exe");
  CHECK(utf8(cleaned("Größe Ωμέγα Генератор מחולל مولد 発電機")) ==
        "Größe Ωμέγα Генератор מחולל مولد 発電機");
  CHECK(utf8(cleaned("a\xFF\xC3(\xED\xA0\x80\xF4\x90\x80\x80z")).find("a\uFFFD") == 0);
  CHECK(utf8(cleaned("\U000E0041\uFFFE\uE000")).empty());
  CHECK(code_points("\xC0\x80") == U"\uFFFD\uFFFD");  // an overlong zero
}

TEST_CASE("a drawer that knows no right-to-left script is given its letters from left to right") {
  CHECK(in_visual_order(U"אבג") == U"גבא");
  CHECK(in_visual_order(U"No. 7 אבג x") == U"No. 7 גבא x");
  CHECK(in_visual_order(U"plain (text)") == U"plain (text)");
  CHECK(in_visual_order(U"سلام") != U"سلام");  // joined forms
}

TEST_CASE("S15 markup in names is text in an SVG") {
  const auto document = document_of("<script>alert(1)</script>", "\"/><image href='x' onload=\"y\"> & ]]>");
  const std::string svg = svg_label(document);
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find("<image") == std::string::npos);
  CHECK(words_of_svg(svg).find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
  CHECK(words_of_svg(svg).find("&quot;/&gt;&lt;image href=&#39;x&#39;") == 0);
}

TEST_CASE("S15 commands in names are text in ZPL") {
  const std::string text = zpl(document_of("a^XZ~JR_5E\\", "^FS^XA^IDR:*.*"));
  CHECK(text.find('~') == std::string::npos);
  CHECK(text.find("^XZ") == text.rfind("^XZ"));
  CHECK(text.find("^ID") == std::string::npos);
  CHECK(text.find("^FH_^FDa_5EXZ_7EJR_5F5E_5C^FS") != std::string::npos);
  CHECK(zpl(document_of("ü", "p")).find("^FD_C3_BC^FS") != std::string::npos);
}

TEST_CASE("long names end in an ellipsis, at the end of a line and of a character") {
  const auto lines = document_of(std::string(300, 'W'), std::string(300, 'm')).lines("GEN-7K3M-Q9XT-4Z");
  REQUIRE(lines.size() == 4);  // product, two of the title, serial
  CHECK(lines[0].text.back() == U'…');
  CHECK(lines[1].text.back() == U'W');
  CHECK(lines[2].text.back() == U'…');
  CHECK(lines[3].text == U"GEN-7K3M-Q9XT-4Z");
  std::string accents;
  for (int i = 0; i < 200; ++i) accents += "é";
  CHECK(document_of("t", accents).lines("ABCD")[0].text.substr(0, 2) == U"éé");
}

TEST_CASE("titles break between words") {
  const auto lines =
      document_of("Generator gateway for the northern wind parks", "Kanarra").lines("GEN-7K3M-Q9XT-4Z");
  CHECK(utf8(lines[1].text).substr(0, 17) == "Generator gateway");
  CHECK(lines[1].text.back() != U' ');
  CHECK(utf8(lines[1].text + U" " + lines[2].text) == "Generator gateway for the northern wind parks");
}

TEST_CASE("fonts that are not there are named") {
  const auto fonts_of_nobody = Fonts::load("/nowhere");
  REQUIRE_FALSE(fonts_of_nobody);
  CHECK(fonts_of_nobody.error().message.find("/nowhere/DejaVuSansMono-Bold.ttf") != std::string::npos);
}

TEST_CASE("every character of the serial's face is as wide as every other") {
  const double one = fonts().width(Face::serial, U"W");
  for (const char32_t c : std::u32string(U"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ._- "))
    CHECK(fonts().width(Face::serial, std::u32string(1, c)) == one);
  CHECK(fonts().width(Face::title, U"W") > fonts().width(Face::title, U"i"));
}

TEST_CASE("S15 what is no PNG, or a damaged one, is no logo") {
  std::ifstream in(std::string(std::getenv("TURNKEY_SOURCE_DIR")) +
                       "/services/experience-gateway/web/public/icons/turnkey-192.png",
                   std::ios::binary);
  std::ostringstream read;
  read << in.rdbuf();
  const std::string png = read.str();
  const auto logo = Logo::decode(png);
  REQUIRE(logo);
  CHECK(logo->width == 192);
  CHECK(logo->aspect() == 1);
  CHECK(logo->rgb.size() == 3 * 192 * 192);
  CHECK_FALSE(Logo::decode(""));
  CHECK_FALSE(Logo::decode("<svg xmlns='http://www.w3.org/2000/svg'/>"));
  CHECK_FALSE(Logo::decode(png.substr(0, png.size() / 2)));
  std::string huge = png;
  huge.replace(16, 4, std::string("\x00\x00\x7F\xFF", 4));  // its width
  CHECK_FALSE(Logo::decode(huge));
  CHECK_FALSE(Logo::read("/nowhere/logo.png"));
  CHECK_FALSE(Logo::read("/tmp"));
}
