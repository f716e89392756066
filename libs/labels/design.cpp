// SPDX-License-Identifier: Apache-2.0
#include "labels/design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "labels/code.hpp"

namespace turnkey::labels {
namespace {

constexpr double kEdge = 1.0;             // mm of the label around the code's white margin
constexpr double kStep = 0.05;            // mm by which a module shrinks
constexpr double kNarrowestText = 15.0;   // mm, beside the code
constexpr double kLowestText = 10.0;      // mm, below it
constexpr double kLogoShare = 0.42;       // of the text's width
constexpr double kLogoHeightShare = 0.3;  // of the text's height
constexpr double kHighestLogo = 9.0;      // mm
constexpr double kClose = 1e-9;           // so that 0.8 mm by 25 is 20 mm

// The place for the code's dark square at this module size, and for the text; nothing when they do not fit.
bool place(Design& design, const Rect& printable, const DesignWish& wish) {
  const double side = wish.modules * design.module;
  const double margin = kQuietZone * design.module;
  const double x = std::max(printable.x, kEdge + margin);
  const double least_y = std::max(printable.y, kEdge + margin);
  if (side > design.width - 2 * x + kClose || side > design.height - 2 * least_y + kClose) return false;
  const Rect beside{x + side + margin, printable.y, printable.right() - x - side - margin, printable.height};
  if (design.width >= design.height && beside.width >= kNarrowestText) {
    design.code = {x, (design.height - side) / 2, side, side};
    // As high as the code, so that both end on one line; higher when that is too little for words.
    const double height = std::min(printable.height, std::max(side, kLowestText));
    design.text = {beside.x, (design.height - height) / 2, beside.width, height};
    return true;
  }
  const double below = least_y + side + margin + kEdge;
  if (printable.bottom() - below < kLowestText) return false;
  design.code = {(design.width - side) / 2, least_y, side, side};
  design.text = {printable.x, below, printable.width, printable.bottom() - below - kEdge};
  design.centred = true;
  return true;
}

void place_logo(Design& design, double aspect) {
  if (aspect <= 0) return;
  const double height = std::min(
      {kHighestLogo, design.text.height * kLogoHeightShare, design.text.width * kLogoShare / aspect});
  design.logo = {design.text.right() - height * aspect, design.text.y, height * aspect, height};
}

void warn(Design& design, double wished) {
  if (design.module < wished - kClose)
    design.warnings.push_back(
        fmt::format("The modules are {:.2f} mm instead of {:.2f} mm wide: larger ones do not fit this label.",
                    design.module, wished));
  if (design.module < kGoodModule - kClose)
    design.warnings.push_back(
        fmt::format("The modules are {:.2f} mm wide; below {:.1f} mm many phones do not read them.",
                    design.module, kGoodModule));
  if (design.code.width < kGoodCode - kClose)
    design.warnings.push_back(fmt::format(
        "The code is {:.1f} mm wide; below {:.0f} mm phones must come close.", design.code.width, kGoodCode));
}

}  // namespace

core::Result<Design> design_label(const Sheet& sheet, const DesignWish& wish) {
  Design design;
  design.width = sheet.label_width;
  design.height = sheet.label_height;
  const double step = wish.dot > 0 ? wish.dot : kStep;
  const double first =
      wish.dot > 0 ? std::max(1.0, std::round(wish.module / wish.dot)) * wish.dot : wish.module;
  for (int taken = 0; first - taken * step >= kLeastModule - kClose; ++taken) {
    design.module = first - taken * step;
    if (!place(design, sheet.printable(), wish)) continue;
    place_logo(design, wish.logo_aspect);
    warn(design, first);
    return design;
  }
  return core::invalid("The code does not fit a label of this size.",
                       {{"sheet", "too_small", "choose a sheet with larger labels"}});
}

Rect Line::box() const {
  const double above = face == Face::serial ? Fonts::kAboveOfSerial : Fonts::kAbove;
  return {x, baseline - above * size, width, (above + Fonts::kBelow) * size};
}

}  // namespace turnkey::labels
