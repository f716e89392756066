// SPDX-License-Identifier: Apache-2.0
// The papers that labels are sold on. Millimetres; x to the right, y down.
#pragma once

#include <string_view>
#include <vector>

namespace turnkey::labels {

struct Rect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

enum class Paper { a4, letter, roll };
std::string_view to_string(Paper paper);

struct Sheet {
  std::string_view key;
  std::string_view title;
  Paper paper;
  int columns;
  int rows;
  double label_width;
  double label_height;
  double left;  // of the first label
  double top;
  double pitch_x;  // from label to label
  double pitch_y;

  int cells() const { return columns * rows; }
  Rect page() const;  // of a roll: one label
  // The label at `index`, row by row, from 0 to cells() - 1.
  Rect cell(int index) const;
  // Where ink may be, within any label of the sheet: printers leave the rim of a page white.
  Rect printable() const;
};

const std::vector<Sheet>& sheets();
const Sheet* find_sheet(std::string_view key);  // null when there is none

}  // namespace turnkey::labels
