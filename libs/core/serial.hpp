// SPDX-License-Identifier: Apache-2.0
// Serials: what is printed on a label. Normalised before every comparison. Serials that Turnkey makes carry
// two Reed-Solomon check characters over GF(32), x^5+x^2+1, so that a misread or mistyped one is known before
// any lookup. The web app does the same; both are held to proto/examples/serials.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::core {

class Serial {
 public:
  // Trims, drops spaces, upper-cases; then 4..64 characters of [A-Z0-9._-] or nothing.
  static std::optional<Serial> parse(std::string_view text);
  static Serial trusted(std::string normalised) { return Serial(std::move(normalised)); }
  const std::string& str() const { return text_; }
  auto operator<=>(const Serial&) const = default;

 private:
  explicit Serial(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// True when the serial (hyphens left out) ends with its two right check characters; characters outside the
// Crockford alphabet make it false. O is read as 0, I and L as 1.
bool check_characters_right(const Serial& serial);

// "GEN" -> "GEN-7K3M-Q9XT-4Z": prefix, 8 random characters, 2 check characters, in groups of four.
// The prefix: 1..8 characters of the Crockford alphabet (no I, L, O, U). Throws std::invalid_argument
// otherwise.
Serial make_serial(std::string_view prefix);

// True when the serial begins with one of the prefixes (up to its first hyphen) whose serials carry check
// characters.
bool carries_check_characters(const Serial& serial, const std::vector<std::string>& checked_prefixes);

}  // namespace turnkey::core
