// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "labels/code.hpp"
#include "labels/document.hpp"
#include "labels/text.hpp"

using namespace turnkey;
using namespace turnkey::labels;

namespace {

constexpr double kClose = 1e-6;

const Fonts& fonts() {
  static const Fonts loaded = Fonts::load(Fonts::kUsualFolder).value();
  return loaded;
}

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() - kClose && b.x < a.right() - kClose && a.y < b.bottom() - kClose &&
         b.y < a.bottom() - kClose;
}

bool inside(const Rect& inner, const Rect& outer) {
  return inner.x >= outer.x - kClose && inner.y >= outer.y - kClose &&
         inner.right() <= outer.right() + kClose && inner.bottom() <= outer.bottom() + kClose;
}

Rect with_quiet_zone(const Design& design) {
  const double by = kQuietZone * design.module;
  return {design.code.x - by, design.code.y - by, design.code.width + 2 * by, design.code.height + 2 * by};
}

std::string told(const Rect& rect) {
  return fmt::format("{:.2f} {:.2f} {:.2f} {:.2f}", rect.x, rect.y, rect.right(), rect.bottom());
}

void check_label(const Design& design, const Words& words) {
  const Rect label{0, 0, design.width, design.height};
  std::vector<Rect> taken{with_quiet_zone(design)};
  if (design.logo.width > 0) taken.push_back(design.logo);
  std::string serial;
  for (const Line& line : lines_of(design, words, fonts())) {
    taken.push_back(line.box());
    if (line.face == Face::serial) serial += utf8(line.text);
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    INFO(i << " of " << taken.size() << ": " << told(taken[i]));
    CHECK(inside(taken[i], label));
    for (std::size_t other = 0; other < i; ++other) {
      INFO("and " << other << ": " << told(taken[other]));
      CHECK_FALSE(overlap(taken[i], taken[other]));
    }
  }
  serial.erase(std::remove(serial.begin(), serial.end(), ' '), serial.end());
  CHECK(serial == words.serial);
}

const std::vector<Words> kWords = {
    {"GEN-7K3M-Q9XT-4Z", "Generator gateway", "Kanarra Power"},
    {"ABCD", "", ""},
    {"A1B2C3D4E5F6", "X", "Y"},
    {std::string(64, 'W'), std::string(255, 'W'), std::string(255, 'M')},
    {"GEN." + std::string(60, '_'), "Ein recht langer Name mit vielen Worten darin, und noch mehr", "Ö"},
    {"SERIAL-" + std::string(50, '8'), std::string(255, 'i'), "Longest product name that anybody ever gave"},
};

core::Result<Design> designed(const std::string& sheet, int modules, double module = kUsualModule,
                              double aspect = 0) {
  DesignWish wish;
  wish.modules = modules;
  wish.module = module;
  wish.logo_aspect = aspect;
  return design_label(*find_sheet(sheet), wish);
}

}  // namespace

TEST_CASE("the labels of a sheet lie on its page and on no other label") {
  for (const auto& sheet : sheets()) {
    INFO(sheet.key);
    CHECK(find_sheet(sheet.key) == &sheet);
    for (int i = 0; i < sheet.cells(); ++i) {
      CHECK(inside(sheet.cell(i), sheet.page()));
      for (int other = 0; other < i; ++other) CHECK_FALSE(overlap(sheet.cell(i), sheet.cell(other)));
    }
  }
  CHECK(find_sheet("a4-9x9") == nullptr);
}

TEST_CASE("printers' white rims take no ink: codes keep 4.5 mm from the edge of a page") {
  for (const auto& sheet : sheets()) {
    if (sheet.paper == Paper::roll) continue;
    INFO(sheet.key);
    const auto design = designed(std::string(sheet.key), 29).value();
    for (const int i : {0, sheet.cells() - 1}) {
      const Rect cell = sheet.cell(i);
      const Rect code{cell.x + design.code.x, cell.y + design.code.y, design.code.width, design.code.height};
      const Rect page = sheet.page();
      CHECK(inside(code, {4.5, 4.5, page.width - 9, page.height - 9}));
    }
  }
}

TEST_CASE("nothing on a label overlaps or leaves it, whatever the words, the code and the logo") {
  for (const auto& sheet : sheets()) {
    for (const int version : {2, 3, 4, 6, 8}) {
      for (const double module : {0.3, 0.8, 1.2}) {
        for (const double aspect : {0.0, 0.2, 1.0, 3.0, 12.0}) {
          const auto design = designed(std::string(sheet.key), modules_of_version(version), module, aspect);
          REQUIRE(design);
          for (const auto& words : kWords) {
            INFO(sheet.key << ", version " << version << ", module " << module << ", logo " << aspect << ", "
                           << words.serial);
            check_label(*design, words);
          }
        }
      }
    }
  }
}

TEST_CASE("a code of exactly 20 mm is large enough, and a smaller one is warned of") {
  CHECK(designed("roll-100x50", 25, 0.8)->warnings.empty());  // 25 modules of 0.8 mm
  const auto smaller = designed("roll-100x50", 25, 0.79);
  REQUIRE(smaller->warnings.size() == 1);
  CHECK(smaller->warnings[0].find("below 20 mm") != std::string::npos);
}

TEST_CASE("modules of exactly 0.5 mm are large enough, and smaller ones are warned of") {
  CHECK(designed("roll-100x50", 41, 0.5)->warnings.empty());
  const auto finer = designed("roll-100x50", 41, 0.49);
  REQUIRE(finer->warnings.size() == 1);
  CHECK(finer->warnings[0].find("below 0.5 mm") != std::string::npos);
}

TEST_CASE("modules shrink in steps until the code fits its label, and that is said") {
  const auto fits = designed("a4-3x8", 29);
  CHECK(fits->module == Approx(0.8));
  CHECK(fits->warnings.empty());
  const auto shrunk = designed("letter-3x10", 29);
  CHECK(shrunk->module == Approx(0.6));
  REQUIRE(shrunk->warnings.size() == 2);
  CHECK(shrunk->warnings[0].find("0.60 mm instead of 0.80 mm") != std::string::npos);
  const auto refused = designed("roll-50x30", 177);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == core::ErrorCode::invalid);
  CHECK(refused.error().fields[0].field == "sheet");
}

TEST_CASE("a label printer's modules are whole dots") {
  for (const double dpi : {203.0, 300.0, 600.0}) {
    for (const double module : {0.3, 0.5, 0.8, 1.7}) {
      DesignWish wish;
      wish.modules = 29;
      wish.module = module;
      wish.dot = 25.4 / dpi;
      const double dots = design_label(*find_sheet("roll-62x29"), wish)->module / wish.dot;
      CHECK(dots == Approx(std::round(dots)));
      CHECK(dots >= 1);
    }
  }
}

TEST_CASE("a used sheet begins at its first free label, and has no label beyond its last") {
  Order order{*find_sheet("a4-3x8"), "turnkey.example", "t", "p", fonts()};
  order.serials.assign(24, "GEN-7K3M-Q9XT-4Z");
  CHECK(plan(order)->pages() == 1);
  order.start = 2;
  CHECK(plan(order)->pages() == 2);
  order.start = 24;
  CHECK(plan(order)->pages() == 2);
  order.start = 25;
  CHECK(plan(order).error().fields[0].field == "start");
  order.start = 0;
  CHECK(plan(order).error().fields[0].field == "start");
}

TEST_CASE("all codes of a document are as large as its largest needs") {
  Order order{*find_sheet("a4-2x7"), "turnkey.example", "t", "p", fonts()};
  order.serials = {"GEN-7K3M-Q9XT-4Z", "ABCD"};
  CHECK(plan(order)->version == 3);
  order.serials.push_back(std::string(64, 'A'));
  CHECK(plan(order)->version == version_of({link_of("turnkey.example", order.serials.back())}));
  order.serials = {"AAAA_BBBB_CCCC_DD", "AAAA-BBBB-CCCC-DDD"};  // no underscore in the alphanumeric mode
  CHECK(plan(order)->version == version_of({link_of("turnkey.example", order.serials.front())}));
}

TEST_CASE("a link of up to 20 characters of host and 16 of serial is version 3, in capitals") {
  const std::string link = link_of("turnkey.example.comp", "GEN-7K3M-Q9XT-4Z");
  CHECK(link == "HTTPS://TURNKEY.EXAMPLE.COMP/D/GEN-7K3M-Q9XT-4Z");
  CHECK(version_of({link}) == 3);
  CHECK(version_of({link_of("turnkey.example.company", "GEN-7K3M-Q9XT-4Z")}) == 4);
}
