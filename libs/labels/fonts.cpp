// SPDX-License-Identifier: Apache-2.0
#include "labels/fonts.hpp"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H

#include <memory>

namespace turnkey::labels {
namespace {

constexpr std::array<const char*, 3> kFiles = {"DejaVuSansMono-Bold.ttf", "DejaVuSans-Bold.ttf",
                                               "DejaVuSans.ttf"};
constexpr double kWidthOfUnknown = 1.0;  // em

using Library = std::unique_ptr<FT_LibraryRec_, decltype(&FT_Done_FreeType)>;
using FontFace = std::unique_ptr<FT_FaceRec_, decltype(&FT_Done_Face)>;

}  // namespace

core::Result<Fonts::Type> Fonts::measure(const std::string& file) {
  FT_Library made = nullptr;
  if (FT_Init_FreeType(&made) != 0) throw std::runtime_error("FreeType does not start");
  const Library library(made, FT_Done_FreeType);
  FT_Face opened = nullptr;
  if (FT_New_Face(library.get(), file.c_str(), 0, &opened) != 0)
    return core::invalid("The font " + file + " cannot be read; it is in Debian's fonts-dejavu-core.");
  const FontFace face(opened, FT_Done_Face);
  Type type{file, {}};
  FT_UInt glyph = 0;
  for (FT_ULong c = FT_Get_First_Char(face.get(), &glyph); glyph != 0;
       c = FT_Get_Next_Char(face.get(), c, &glyph)) {
    FT_Fixed units = 0;
    if (FT_Get_Advance(face.get(), glyph, FT_LOAD_NO_SCALE, &units) == 0)
      type.widths[static_cast<char32_t>(c)] = static_cast<double>(units) / face->units_per_EM;
  }
  return type;
}

core::Result<Fonts> Fonts::load(const std::string& folder) {
  Fonts fonts;
  for (std::size_t i = 0; i < kFiles.size(); ++i) {
    auto type = measure(folder + "/" + kFiles[i]);
    if (!type) return type.error();
    fonts.types_[i] = std::move(*type);
  }
  return fonts;
}

double Fonts::width(Face face, std::u32string_view text) const {
  const auto& widths = type(face).widths;
  double sum = 0;
  for (const char32_t c : text) {
    const auto it = widths.find(c);
    sum += it == widths.end() ? kWidthOfUnknown : it->second;
  }
  return sum;
}

bool Fonts::has(Face face, char32_t character) const { return type(face).widths.count(character) != 0; }

}  // namespace turnkey::labels
