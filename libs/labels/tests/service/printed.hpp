// SPDX-License-Identifier: Apache-2.0
// What comes out of a printer, as nearly as a test can have it: documents as pictures, and the codes in
// these.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "labels/sheet.hpp"

namespace turnkey::labels::tests {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> grey{};  // 255 is white
};

// A part, given in millimetres.
Picture part_of(const Picture& page, const Rect& rect, int dpi);

// Page by page, as poppler draws them.
std::vector<Picture> pictures_of_pdf(const std::string& pdf, int dpi);
std::string text_of_pdf(const std::string& pdf);
// As librsvg draws it.
Picture picture_of_svg(const std::string& svg, int dpi);

// The graphics and the fields of each label of a ZPL document; throws what a printer would misread.
struct ZplLabel {
  int width = 0;
  int height = 0;
  Picture picture{};                      // the graphics alone
  std::vector<std::string> texts{};       // as printed
  std::map<std::string, int> commands{};  // how often each
};
std::vector<ZplLabel> labels_of_zpl(const std::string& zpl);

// Texts of the QR codes; a code counts as often as it is seen.
std::vector<std::string> codes_in(const Picture& picture);
std::vector<std::string> error_levels_in(const Picture& picture);

}  // namespace turnkey::labels::tests
