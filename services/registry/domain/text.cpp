// SPDX-License-Identifier: Apache-2.0
#include "domain/text.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kLongestInQuotes = 32;  // characters

std::size_t bytes_of(unsigned char first) {
  if (first < 0xC0U) return 1;
  if (first < 0xE0U) return 2;
  return first < 0xF0U ? 3 : 4;
}

// Control characters (C0, DEL, C1), line separators and marks of direction.
bool unseen(std::string_view character) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return at(0) < 0x20U || at(0) == 0x7FU;
  if (character.size() == 2) return (at(0) == 0xC2U && at(1) < 0xA0U) || character == "\u061c";
  if (character.size() != 3 || at(0) != 0xE2U) return false;
  if (at(1) == 0x80U) return at(2) == 0x8EU || at(2) == 0x8FU || (at(2) >= 0xA8U && at(2) <= 0xAEU);
  return at(1) == 0x81U && at(2) >= 0xA6U && at(2) <= 0xA9U;
}

}  // namespace

std::string in_quotes(std::string_view utf8) {
  std::string text = "\u201c";
  std::size_t count = 0;
  while (!utf8.empty() && count < kLongestInQuotes) {
    const auto character = utf8.substr(0, bytes_of(static_cast<unsigned char>(utf8.front())));
    text += unseen(character) ? std::string_view("\ufffd") : character;
    utf8.remove_prefix(character.size());
    ++count;
  }
  if (!utf8.empty()) text += "\u2026";
  return text + "\u201d";
}

}  // namespace turnkey::registry
