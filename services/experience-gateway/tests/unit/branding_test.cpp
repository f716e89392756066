// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "branding.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using namespace turnkey::gateway;

namespace {

const std::string kIcons = "services/experience-gateway/web/public/icons/";
const std::string kTheme =
    ":root{--bs-body-bg:#222;--bs-body-color:#fff;--bs-primary:#375a7f;--bs-success:#00bc8c;--bs-danger:#"
    "e74c3c;--bs-warning:#f39c12}";

struct Look {
  testing::TemporaryFolder folder;
  std::vector<std::string> errors{};

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path() + "/" + name) << text;
  }
  void copy(const std::string& icon, const std::string& name) const {
    std::filesystem::copy_file(kIcons + icon, folder.path() + "/" + name);
  }
  Branding read(const std::string& colour = "", const std::string& highlight = "") {
    errors.clear();
    return read_branding({folder.path(), colour, highlight}, errors);
  }
  // What the only error says; "" when there is none.
  std::string refusal() {
    read();
    CHECK(errors.size() <= 1);
    return errors.empty() ? "" : errors[0];
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("without settings nothing is branded, and the sheet is empty") {
  std::vector<std::string> errors;
  const Branding branding = read_branding({}, errors);
  CHECK(errors.empty());
  CHECK(branding.sheet.bytes.empty());
  CHECK(branding.sheet.etag.size() > 2);
  CHECK_FALSE(branding.logo);
  CHECK_FALSE(branding.bar);
}

TEST_CASE("logo and icons are taken from the folder by their names") {
  Look look;
  look.copy("turnkey.svg", "logo.svg");
  look.copy("turnkey-192.png", "favicon.png");
  look.write(".kept", "");
  look.write("README.md", "words");
  const Branding branding = look.read();
  CHECK(look.errors.empty());
  REQUIRE(branding.logo);
  CHECK(branding.logo->content_type == "image/svg+xml");
  REQUIRE(branding.favicon);
  CHECK(branding.favicon->content_type == "image/png");
  REQUIRE(branding.touch_icon);
  look.copy("turnkey.svg", "favicon.svg");
  const Branding with_svg = look.read();
  REQUIRE(with_svg.favicon);
  CHECK(with_svg.favicon->content_type == "image/svg+xml");
  REQUIRE(with_svg.touch_icon);
  CHECK(with_svg.touch_icon->content_type == "image/png");
}

TEST_CASE("a name that means nothing, a folder that is not there and two logos are told at the start") {
  Look look;
  look.write("Logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
  CHECK(look.refusal() ==
        "TURNKEY_BRANDING_DIR: Logo.svg: It is none of logo.svg, logo.png, favicon.svg, favicon.png, "
        "theme.css.");
  std::vector<std::string> errors;
  read_branding({"/nowhere", "", ""}, errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == "TURNKEY_BRANDING_DIR: the folder /nowhere cannot be read.");
  Look two;
  two.copy("turnkey.svg", "logo.svg");
  two.copy("turnkey-192.png", "logo.png");
  CHECK(has(two.refusal(), "logo.png: There is a logo.svg, too"));
}

TEST_CASE("a logo that is no picture, too large or has a script in it is refused") {
  for (const char* name : {"logo.svg", "logo.png", "favicon.svg", "favicon.png"}) {
    Look look;
    INFO(name);
    look.write(name, "");
    CHECK(has(look.refusal(),
              std::string("TURNKEY_BRANDING_DIR: ") + name + ": It cannot be read or is empty."));
    look.write(name, "words");
    CHECK(has(look.refusal(), "It is no "));
    look.write(name, "<svg>" + std::string(256 * 1024 - 4, ' '));
    CHECK(has(look.refusal(), "It is larger than 256 KiB."));
  }
  for (const char* part : {"<SCRIPT>alert(1)</SCRIPT>", "<foreignObject/>"}) {
    Look look;
    look.write("logo.svg", std::string("<svg xmlns='http://www.w3.org/2000/svg'>") + part + "</svg>");
    CHECK(has(look.refusal(), "a picture is needed"));
  }
  Look entity;
  entity.write("logo.svg", "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>");
  CHECK(has(entity.refusal(), "<!entity"));
}

TEST_CASE("a colour is #RRGGBB, and what is none is told with its setting's name") {
  Look look;
  for (const char* wrong : {"red", "#12", "#abc", "#12345g", "0b5f63"}) {
    look.read(wrong, "");
    REQUIRE(look.errors.size() == 1);
    CHECK(has(look.errors[0], std::string("TURNKEY_BRAND_COLOUR is ") + wrong + "; #RRGGBB is needed"));
  }
  look.read("", "gold");
  REQUIRE(look.errors.size() == 1);
  CHECK(has(look.errors[0], "TURNKEY_BRAND_HIGHLIGHT is gold;"));
}

TEST_CASE("colours change the light and the dark mode, a theme has one look") {
  Look look;
  const Branding colours = look.read("#7A1F5C", "#00aa55");
  CHECK(look.errors.empty());
  CHECK(has(colours.sheet.bytes, "--brand-button:#7a1f5c;"));
  CHECK(has(colours.sheet.bytes, "--brand-brass:#00aa55;"));
  CHECK(has(colours.sheet.bytes, "@media (prefers-color-scheme:dark){:root{"));
  CHECK(colours.bar);
  CHECK_FALSE(colours.paper);

  look.write("theme.css", "@import url(https://fonts.example/x);" + kTheme + ".btn{color:red}");
  const Branding theme = look.read();
  CHECK(look.errors.empty());
  CHECK(theme.left_out.size() == 1);
  CHECK(theme.sheet.bytes.find(kTheme) == 0);
  CHECK(has(theme.sheet.bytes, "--brand-scheme:dark;"));
  CHECK(has(theme.sheet.bytes, "--brand-button:#375a7f;"));
  CHECK(has(theme.sheet.bytes, "stroke='%23ffffff'"));
  CHECK_FALSE(has(theme.sheet.bytes, "prefers-color-scheme"));
  CHECK(theme.paper == Colour{0x22, 0x22, 0x22});
  CHECK(has(look.read("#7a1f5c").sheet.bytes, "--brand-button:#7a1f5c;"));
  CHECK(look.read("#7a1f5c").sheet.etag != theme.sheet.etag);
}

TEST_CASE("a theme that is too large or none is refused") {
  Look look;
  look.write("theme.css", "words");
  CHECK(has(look.refusal(), "TURNKEY_BRANDING_DIR: theme.css: It is no theme for Bootstrap 5.3"));
  look.write("theme.css", kTheme + std::string(1024 * 1024, ' '));
  CHECK(has(look.refusal(), "theme.css: It is larger than 1024 KiB."));
}
