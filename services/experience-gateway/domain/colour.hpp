// SPDX-License-Identifier: Apache-2.0
// Colours as screens have them, and how well words read on them (contrast as WCAG 2 defines it, 1 to 21).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::gateway {

// What WCAG's level AA asks for: of words, and of what is not words but must be seen.
constexpr double kWords = 4.5;
constexpr double kShapes = 3.0;

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  // "#rgb", "#rrggbb" or "rgb(r, g, b)", in either case; nothing when it is none of them.
  static std::optional<Colour> parse(std::string_view text);
  std::string hex() const;  // "#rrggbb"
  double luminance() const;
  bool operator==(const Colour&) const = default;
};

constexpr Colour kBlack{0, 0, 0};
constexpr Colour kWhite{255, 255, 255};

double contrast(Colour one, Colour other);
// The least of it over several grounds.
double contrast(Colour one, const std::vector<Colour>& grounds);
// `share` 0: the first, 1: the second.
Colour mix(Colour first, Colour second, double share);
// The colour nearest to `wanted` that has this contrast on all grounds, darker or lighter, whichever the
// grounds ask for; black or white when none has it.
Colour readable(Colour wanted, const std::vector<Colour>& grounds, double least);
// White where words in it can be read, black elsewhere: one of them always can.
Colour words_on(Colour ground);

}  // namespace turnkey::gateway
