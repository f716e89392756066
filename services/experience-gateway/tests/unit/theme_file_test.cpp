// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/theme_file.hpp"

using namespace turnkey::gateway;

namespace {

const std::string kColours =
    "--bs-body-bg:#fff;--bs-body-color: "
    "#212529;--bs-primary:#2c3e50;--bs-success:#18bc9c;--bs-danger:#e74c3c;--bs-warning:"
    "#f39c12";
const std::string kTheme = ":root,\n[data-bs-theme=light] {" + kColours + "}\n";

std::string refusal(const std::string& css) {
  const auto theme = read_theme(css);
  return theme ? "" : theme.error().message;
}

}  // namespace

TEST_CASE("a theme's colours are those of :root, not those of its dark mode or of a media query") {
  const auto theme =
      read_theme("[data-bs-theme=dark]{--bs-primary:#111}" + kTheme +
                 "[data-bs-theme=dark]{--bs-body-bg:#000}@media print{:root{--bs-body-bg:#123456}}");
  REQUIRE(theme);
  CHECK(theme->colours.background == kWhite);
  CHECK(theme->colours.primary == Colour{0x2c, 0x3e, 0x50});
  const auto later = read_theme(kTheme + ":root{--bs-primary:rgb(1,2,3)}");
  REQUIRE(later);
  CHECK(later->colours.primary == Colour{1, 2, 3});
}

TEST_CASE("what a theme would fetch from elsewhere is left out and named, or refused") {
  const auto theme = read_theme(
      "@charset \"utf-8\";/* @import no */@import url(\"https://fonts.example/css?family=Lato;700\");\n" +
      kTheme + ".a{content:\"/* stays */ @import\"}");
  REQUIRE(theme);
  REQUIRE(theme->imports.size() == 1);
  CHECK(theme->imports[0] == "url(\"https://fonts.example/css?family=Lato;700\")");
  CHECK(theme->css.find("fonts.example") == std::string::npos);
  CHECK(theme->css.find("@charset") == std::string::npos);
  CHECK(theme->css.find(".a{content:\"/* stays */ @import\"}") != std::string::npos);
  CHECK(refusal(kTheme + ".a{background:URL( 'https://other.example/a.png')}")
            .find("url(https://other.example/a.png)") == 0);
  CHECK(refusal(kTheme + ".a{src:url(font.woff2)}").find("url(font.woff2)") == 0);
  CHECK(refusal(kTheme + ".a{src:url(data:font/woff2;base64,AA)}").find("would be fetched") !=
        std::string::npos);
  CHECK(refusal(kTheme + ".a{background:url(\"data:image/svg+xml,%3csvg/%3e\");filter:url(#f)}").empty());
}

TEST_CASE("what is no Bootstrap theme is refused, and the refusal says what is missing") {
  CHECK(refusal("").find("--bs-body-bg") != std::string::npos);
  CHECK(refusal(":root{--bs-body-bg:#fff}").find("its :root has no --bs-body-color") != std::string::npos);
  CHECK(refusal(":root{" + kColours + ";--bs-primary:var(--x)}") ==
        "--bs-primary is var(--x); a colour such as #0b5f63 is needed.");
  CHECK(refusal(kTheme + ".a{").find("braces") != std::string::npos);
  CHECK(refusal(kTheme + "}").find("braces") != std::string::npos);
  CHECK(refusal(std::string("\0", 1) + kTheme) == "It is no text.");
}

TEST_CASE("a theme that spells an address in another way is refused") {
  for (const char* rule : {".a{b:u\\72l(//evil.example)}", "@\\69mport \"//evil.example\";",
                           ".a{b:image-set(\"//evil.example\" 1x)}"})
    CHECK(refusal(kTheme + rule).find("could hide an address") != std::string::npos);
  CHECK(refusal(kTheme + ".a::before{content:\"\\f101 image-set(\"}").empty());
  CHECK(refusal(kTheme + ".a\\:b{c:d}").empty());
  CHECK(read_theme(kTheme + ".a{margin:0/* or */auto}")->css.find("0 auto") != std::string::npos);
}

TEST_CASE("a theme on whose background no words can be read is refused with the contrast that is reached") {
  CHECK(refusal(kTheme + ":root{--bs-body-bg:#848484;--bs-body-color:#fff}").empty());
  CHECK(refusal(kTheme + ":root{--bs-body-bg:#777777;--bs-body-color:#000}") ==
        "On its background #777777 words reach a contrast of 4.48:1 at most; 4.5:1 is needed.");
}

TEST_CASE("S15 a theme's sheet that is cut anywhere is read or refused") {
  const std::string css =
      "@import url(\"x\");" + kTheme + ".a{b:url('data:image/png;base64,\\'')}@media x{.c{d:\"\\\"}\"}}";
  REQUIRE(refusal(css).empty());
  for (std::size_t length = 0; length < css.size(); ++length) {
    const auto theme = read_theme(css.substr(0, length));
    CHECK((theme || !theme.error().message.empty()));
  }
}
