// SPDX-License-Identifier: Apache-2.0
// The typefaces of labels: three of the DejaVu family, measured once. Immutable, so thread safe.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.hpp"

namespace turnkey::labels {

enum class Face { serial, title, product };  // bold monospace, bold, regular

class Fonts {
 public:
  static constexpr const char* kUsualFolder = "/usr/share/fonts/truetype/dejavu";
  // Heights in ems that hold whatever the letter: what reaches above the baseline and what below.
  static constexpr double kAbove = 0.93;
  static constexpr double kAboveOfSerial = 0.76;  // capitals and digits alone
  static constexpr double kBelow = 0.24;

  Fonts() = default;  // has nothing: every character is one em wide
  // `invalid` names the file that is missing or unreadable.
  static core::Result<Fonts> load(const std::string& folder);

  double width(Face face, std::u32string_view text) const;  // ems
  bool has(Face face, char32_t character) const;
  const std::string& file(Face face) const { return type(face).file; }

 private:
  struct Type {
    std::string file;
    std::unordered_map<char32_t, double> widths;  // ems
  };
  const Type& type(Face face) const { return types_[static_cast<std::size_t>(face)]; }
  static core::Result<Type> measure(const std::string& file);

  std::array<Type, 3> types_;
};

}  // namespace turnkey::labels
