// SPDX-License-Identifier: Apache-2.0
#include "labels/text.hpp"

#include <fribidi.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace turnkey::labels {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::size_t kGroup = 4;
constexpr FriBidiFlags kShaping = FRIBIDI_FLAGS_DEFAULT | FRIBIDI_FLAGS_ARABIC;

struct Decoded {
  char32_t value;
  std::size_t bytes;
};

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

std::size_t length_by_first(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

bool well_formed(char32_t value, std::size_t bytes) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return value >= kLeast[bytes] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

Decoded decode(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = length_by_first(first);
  if (bytes <= 1) return {bytes == 1 ? first : kReplacement, 1};
  char32_t value = first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text, at + i)) return {kReplacement, i};
    value = (value << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  return {well_formed(value, bytes) ? value : kReplacement, bytes};
}

bool is_blank(char32_t c) {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Marks and overrides of direction, joiners, the byte order mark, tags, private use, and no characters.
bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xE000 && c <= 0xF8FF) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFEU) == 0xFFFEU || c >= 0xE0000;
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded next = decode(text, at);
    out.push_back(next.value);
    at += next.bytes;
  }
  return out;
}

std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    if (c < 0x80) {
      out.push_back(static_cast<char>(c));
      continue;
    }
    const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned kFirst[] = {0, 0xC0, 0xE0, 0xF0};
    out.push_back(static_cast<char>(kFirst[more] | (c >> (6 * more))));
    for (unsigned left = more; left-- > 0;)
      out.push_back(static_cast<char>(0x80U | ((c >> (6 * left)) & 0x3FU)));
  }
  return out;
}

std::u32string cleaned(std::string_view text) {
  std::u32string out;
  for (const char32_t c : code_points(text)) {
    if (is_blank(c)) {
      if (!out.empty() && out.back() != U' ') out.push_back(U' ');
    } else if (!is_invisible(c)) {
      out.push_back(c);
    }
  }
  if (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

std::u32string in_visual_order(const std::u32string& text) {
  if (std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x590; })) return text;
  const auto length = static_cast<FriBidiStrIndex>(text.size());
  std::vector<FriBidiChar> line(text.begin(), text.end());
  std::vector<FriBidiCharType> types(text.size());
  std::vector<FriBidiBracketType> brackets(text.size());
  std::vector<FriBidiJoiningType> joining(text.size());
  std::vector<FriBidiLevel> levels(text.size());
  fribidi_get_bidi_types(line.data(), length, types.data());
  fribidi_get_bracket_types(line.data(), length, types.data(), brackets.data());
  FriBidiParType direction = FRIBIDI_PAR_ON;
  if (fribidi_get_par_embedding_levels_ex(types.data(), brackets.data(), length, &direction, levels.data()) ==
      0)
    return text;
  fribidi_get_joining_types(line.data(), length, joining.data());
  fribidi_join_arabic(types.data(), length, levels.data(), joining.data());
  fribidi_shape(kShaping, levels.data(), length, joining.data(), line.data());
  if (fribidi_reorder_line(kShaping, types.data(), length, 0, direction, levels.data(), line.data(),
                           nullptr) == 0)
    return text;
  line.erase(std::remove(line.begin(), line.end(), FRIBIDI_CHAR_FILL), line.end());  // left by ligatures
  return {line.begin(), line.end()};
}

std::string grouped_serial(std::string_view serial) {
  if (serial.find('-') != std::string_view::npos) return std::string(serial);
  std::string out;
  for (std::size_t i = 0; i < serial.size(); ++i) {
    if (i > 0 && i % kGroup == 0) out.push_back(' ');
    out.push_back(serial[i]);
  }
  return out;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace turnkey::labels
