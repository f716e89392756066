// SPDX-License-Identifier: Apache-2.0
// What people read on a label: product and logo on top, the title below, the serial at the bottom.
#include <algorithm>

#include "labels/design.hpp"
#include "labels/text.hpp"

namespace turnkey::labels {
namespace {

constexpr double kHeightOfCode = 23.2;  // mm at which the sizes below hold; others scale
constexpr double kProductSize = 2.4;    // mm of type
constexpr double kTitleSize = 3.2;
constexpr double kSerialSize = 4.6;
constexpr double kComfortable = 3.0;   // mm: a serial this large is not broken further
constexpr double kLeastProduct = 1.9;  // mm of type that is read with the naked eye
constexpr double kLeastTitle = 2.2;
constexpr double kLeading = 1.2;     // of the type's size
constexpr double kCapHeight = 0.73;  // of the type's size
constexpr double kGap = 0.7;         // mm
constexpr std::size_t kMostTitleLines = 2;
constexpr std::size_t kMostSerialLines = 8;
constexpr double kCell = 0.602;  // em: a character of the monospace face
constexpr char32_t kEllipsis = U'…';

struct Sizes {
  double product;
  double title;
  double serial;
};

Sizes sizes_of(const Rect& text) {
  const double scale = std::clamp(text.height / kHeightOfCode, 0.5, 1.5);
  return {std::max(kLeastProduct, kProductSize * scale), std::max(kLeastTitle, kTitleSize * scale),
          kSerialSize * scale};
}

// The longest beginning that is not wider.
std::size_t fitting(const Fonts& fonts, Face face, std::u32string_view text, double ems) {
  double sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    sum += fonts.width(face, text.substr(i, 1));
    if (sum > ems) return i;
  }
  return text.size();
}

std::u32string cut(const Fonts& fonts, Face face, const std::u32string& text, double ems) {
  if (fitting(fonts, face, text, ems) == text.size()) return text;
  const double rest = ems - fonts.width(face, std::u32string_view(&kEllipsis, 1));
  std::u32string begin = text.substr(0, fitting(fonts, face, text, rest));
  while (!begin.empty() && begin.back() == U' ') begin.pop_back();
  return begin + kEllipsis;
}

// Broken between words where there are any; the last line is cut.
std::vector<std::u32string> wrapped(const Fonts& fonts, Face face, std::u32string text, double ems,
                                    std::size_t most_lines) {
  std::vector<std::u32string> lines;
  while (!text.empty() && lines.size() < most_lines) {
    if (lines.size() + 1 == most_lines) {
      lines.push_back(cut(fonts, face, text, ems));
      break;
    }
    const std::size_t fits = std::max<std::size_t>(1, fitting(fonts, face, text, ems));
    std::size_t end = fits;
    if (fits < text.size() && text[fits] != U' ') {
      const auto blank = text.rfind(U' ', fits);
      if (blank != std::u32string::npos && blank > 0) end = blank;
    }
    lines.push_back(text.substr(0, end));
    text.erase(0, end < text.size() && text[end] == U' ' ? end + 1 : end);
  }
  return lines;
}

// Breaks a serial into lines of at most `most` characters, between its groups where it can.
std::vector<std::u32string> broken_serial(const std::u32string& serial, std::size_t most) {
  std::vector<std::u32string> lines;
  for (std::size_t at = 0; at < serial.size();) {
    std::size_t end = std::min(serial.size(), at + most);
    if (end < serial.size() && serial[end] != U' ') {
      const auto group = serial.find_last_of(U" -", end - 1);
      if (group != std::u32string::npos && group >= at) end = group + 1;
    }
    std::u32string line = serial.substr(at, end - at);
    at = end;
    while (at < serial.size() && serial[at] == U' ') ++at;
    while (!line.empty() && line.back() == U' ') line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

std::size_t longest(const std::vector<std::u32string>& lines) {
  std::size_t most = 1;
  for (const auto& line : lines) most = std::max(most, line.size());
  return most;
}

struct SerialLines {
  double size = 0;
  std::vector<std::u32string> lines;
};

// As few lines as are comfortable to read, else the largest type that fits.
SerialLines fit_serial(const std::u32string& serial, double width, double height, double largest) {
  SerialLines best;
  for (std::size_t most = serial.size(); most > 0; --most) {
    const auto lines = broken_serial(serial, most);
    if (lines.size() > kMostSerialLines && best.size > 0) break;
    if (best.size >= kComfortable && lines.size() > best.lines.size()) break;
    const double by_width = width / (kCell * static_cast<double>(longest(lines)));
    const double by_height = height / (kCapHeight + kLeading * static_cast<double>(lines.size() - 1));
    const double size = std::min({largest, by_width, by_height});
    if (size > best.size) best = {size, lines};
  }
  return best;
}

struct Setting {
  Face face;
  double size;
  double room;  // mm of width
};

}  // namespace

std::vector<Line> lines_of(const Design& design, const Words& words, const Fonts& fonts) {
  const Rect& text = design.text;
  const Sizes sizes = sizes_of(text);
  const bool logo = design.logo.width > 0;
  std::vector<Line> lines;
  const auto add = [&](const Setting& in, double baseline, const std::u32string& words_of_line) {
    const double width = fonts.width(in.face, words_of_line) * in.size;
    const double x = text.x + (design.centred ? std::max(0.0, (in.room - width) / 2) : 0.0);
    lines.push_back({in.face, in.size, x, baseline, width, words_of_line});
  };

  const Setting small{Face::product, sizes.product,
                      logo ? text.width - design.logo.width - kGap : text.width};
  const auto product = cut(fonts, small.face, cleaned(words.product), small.room / small.size);
  const double product_baseline = text.y + kCapHeight * small.size;
  if (!product.empty()) add({small.face, small.size, logo ? 0 : small.room}, product_baseline, product);
  double top = product.empty() ? text.y : product_baseline + Fonts::kBelow * small.size + kGap;
  if (logo) top = std::max(top, design.logo.bottom() + kGap);

  const double title_height = sizes.title * (Fonts::kAbove + Fonts::kBelow);
  const auto grouped = code_points(grouped_serial(words.serial));
  const auto serial =
      fit_serial(grouped, text.width, text.bottom() - top - title_height - kGap, sizes.serial);
  const double serial_height =
      serial.size * (kCapHeight + kLeading * static_cast<double>(serial.lines.size() - 1));
  const double serial_top = text.bottom() - serial_height;

  const double more_titles = (serial_top - kGap - top - title_height) / (kLeading * sizes.title);
  const Setting bold{Face::title, sizes.title, text.width};
  double baseline = top + Fonts::kAbove * bold.size;
  for (const auto& line : wrapped(fonts, bold.face, cleaned(words.title), bold.room / bold.size,
                                  more_titles >= 1 ? kMostTitleLines : 1)) {
    add(bold, baseline, line);
    baseline += kLeading * bold.size;
  }

  baseline = serial_top + kCapHeight * serial.size;
  for (const auto& line : serial.lines) {
    add({Face::serial, serial.size, text.width}, baseline, line);
    baseline += kLeading * serial.size;
  }
  return lines;
}

}  // namespace turnkey::labels
