// SPDX-License-Identifier: Apache-2.0
// Where things stand on a label: the code with its white margin at the left or on top, what people read
// beside or below it. One design serves all labels of a document. Pure; millimetres from the label's upper
// left corner.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "labels/fonts.hpp"
#include "labels/sheet.hpp"

namespace turnkey::labels {

inline constexpr double kUsualModule = 0.8;  // mm
inline constexpr double kLeastModule = 0.2;  // mm: below it nothing reads it
inline constexpr double kMostModule = 3.0;   // mm
inline constexpr double kGoodModule = 0.5;   // mm: below it a warning
inline constexpr double kGoodCode = 20.0;    // mm, a side without its margin: below it a warning

struct DesignWish {
  int modules = 0;  // a side of the code
  double module = kUsualModule;
  double dot = 0;          // of the printer, mm: a module is a whole number of them; 0: any size
  double logo_aspect = 0;  // width by height; 0: no logo
};

struct Design {
  double width = 0;  // of the label
  double height = 0;
  double module = 0;
  Rect code;  // its dark square
  Rect text;  // for people
  Rect logo;  // of no size when there is none
  bool centred = false;
  std::vector<std::string> warnings{};  // sentences in ASCII
};

// The wished module size, or the next smaller one at which the code fits. `invalid` when none does.
core::Result<Design> design_label(const Sheet& sheet, const DesignWish& wish);

struct Line {
  Face face;
  double size;  // of the type
  double x;     // where it begins
  double baseline;
  double width;
  std::u32string text;
  Rect box() const;
};

struct Words {
  std::string serial;
  std::string title;
  std::string product;
};

// The lines of one label, cut with an ellipsis where they are too long; the serial never is.
std::vector<Line> lines_of(const Design& design, const Words& words, const Fonts& fonts);

}  // namespace turnkey::labels
