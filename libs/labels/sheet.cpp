// SPDX-License-Identifier: Apache-2.0
#include "labels/sheet.hpp"

#include <algorithm>

namespace turnkey::labels {
namespace {

constexpr double kWhiteRim = 4.5;  // mm that office printers cannot reach
constexpr double kCutting = 1.5;   // mm: sheets lie a little askew
constexpr double kInch = 25.4;     // mm

Sheet roll(std::string_view key, std::string_view title, double width, double height) {
  return {key, title, Paper::roll, 1, 1, width, height, 0, 0, width, height};
}

std::vector<Sheet> known_sheets() {
  return {
      {"a4-3x8", "A4, 24 labels of 70 x 37 mm", Paper::a4, 3, 8, 70, 37, 0, 0.5, 70, 37},
      {"a4-3x7", "A4, 21 labels of 63.5 x 38.1 mm (L7160)", Paper::a4, 3, 7, 63.5, 38.1, 7.25, 15.15, 66,
       38.1},
      {"a4-2x7", "A4, 14 labels of 99.1 x 38.1 mm (L7163)", Paper::a4, 2, 7, 99.1, 38.1, 4.65, 15.15, 101.6,
       38.1},
      {"a4-2x4", "A4, 8 labels of 99.1 x 67.7 mm (L7165)", Paper::a4, 2, 4, 99.1, 67.7, 4.65, 13.1, 101.6,
       67.7},
      {"letter-3x10", "Letter, 30 labels of 2 5/8 x 1 in (5160)", Paper::letter, 3, 10, 2.625 * kInch, kInch,
       0.1875 * kInch, 0.5 * kInch, 2.75 * kInch, kInch},
      {"letter-2x5", "Letter, 10 labels of 4 x 2 in (5163)", Paper::letter, 2, 5, 4 * kInch, 2 * kInch,
       0.15625 * kInch, 0.5 * kInch, 4.1875 * kInch, 2 * kInch},
      roll("roll-62x29", "Roll, 62 x 29 mm", 62, 29),
      roll("roll-100x50", "Roll, 100 x 50 mm", 100, 50),
      roll("roll-50x30", "Roll, 50 x 30 mm", 50, 30),
      roll("roll-40x60", "Roll, 40 x 60 mm, upright", 40, 60),
  };
}

}  // namespace

std::string_view to_string(Paper paper) {
  switch (paper) {
    case Paper::a4:
      return "a4";
    case Paper::letter:
      return "letter";
    case Paper::roll:
      return "roll";
  }
  return "roll";
}

Rect Sheet::page() const {
  switch (paper) {
    case Paper::a4:
      return {0, 0, 210, 297};
    case Paper::letter:
      return {0, 0, 8.5 * kInch, 11 * kInch};
    case Paper::roll:
      return {0, 0, label_width, label_height};
  }
  return {};
}

Rect Sheet::cell(int index) const {
  return {left + (index % columns) * pitch_x, top + (index / columns) * pitch_y, label_width, label_height};
}

Rect Sheet::printable() const {
  const double rim = paper == Paper::roll ? 0 : kWhiteRim;
  const double x = std::max(kCutting, rim - left);
  const double y = std::max(kCutting, rim - top);
  return {x, y, label_width - 2 * x, label_height - 2 * y};
}

const std::vector<Sheet>& sheets() {
  static const std::vector<Sheet> all = known_sheets();
  return all;
}

const Sheet* find_sheet(std::string_view key) {
  const auto it =
      std::find_if(sheets().begin(), sheets().end(), [key](const Sheet& sheet) { return sheet.key == key; });
  return it == sheets().end() ? nullptr : &*it;
}

}  // namespace turnkey::labels
