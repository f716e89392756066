// SPDX-License-Identifier: Apache-2.0
#include "core/serial.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/random.hpp"

namespace turnkey::core {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford base32
constexpr std::size_t kBodyLength = 8;                                      // 40 random bits

// Multiplication by x in GF(32) modulo x^5 + x^2 + 1.
constexpr unsigned times_x(unsigned v) {
  v <<= 1U;
  return (v & 32U) != 0 ? (v ^ 0b100101U) : v;
}

std::optional<unsigned> value_of(char c) {
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = kAlphabet.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

struct Sums {
  unsigned a = 0;
  unsigned b = 0;
  void add(unsigned v) {
    a = times_x(a) ^ v;
    b = times_x(times_x(b)) ^ v;
  }
  bool zero() const { return a == 0 && b == 0; }
};

bool is_serial_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// The two last characters are the solution of two linear equations; 1,024 tries are quicker to trust than
// algebra.
std::string check_characters(std::string_view characters) {
  Sums sums;
  for (const char c : characters) sums.add(*value_of(c));
  for (const char first : kAlphabet) {
    for (const char second : kAlphabet) {
      Sums all = sums;
      all.add(*value_of(first));
      all.add(*value_of(second));
      if (all.zero()) return {first, second};
    }
  }
  throw std::logic_error("two check characters always exist");
}

}  // namespace

std::optional<Serial> Serial::parse(std::string_view text) {
  std::string out;
  if (text.size() > 256) return std::nullopt;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  if (out.size() < 4 || out.size() > 64 || !std::all_of(out.begin(), out.end(), is_serial_character)) {
    return std::nullopt;
  }
  return Serial(std::move(out));
}

bool check_characters_right(const Serial& serial) {
  Sums sums;
  std::size_t count = 0;
  for (const char c : serial.str()) {
    if (c == '-') continue;
    const auto value = value_of(c);
    if (!value) return false;
    sums.add(*value);
    ++count;
  }
  return count > 2 && sums.zero();
}

Serial make_serial(std::string_view prefix) {
  const bool usable = !prefix.empty() && prefix.size() <= 8 &&
                      std::all_of(prefix.begin(), prefix.end(),
                                  [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
  if (!usable) throw std::invalid_argument("a serial prefix is 1..8 digits or capitals without I, L, O, U");
  std::string body;
  for (std::size_t i = 0; i < kBodyLength; ++i) body.push_back(kAlphabet[random_below(kAlphabet.size())]);
  const std::string tail = body + check_characters(std::string(prefix) + body);
  std::string out(prefix);
  for (std::size_t i = 0; i < tail.size(); i += 4) out += "-" + tail.substr(i, 4);
  return Serial::trusted(std::move(out));
}

bool carries_check_characters(const Serial& serial, const std::vector<std::string>& checked_prefixes) {
  const std::string prefix = serial.str().substr(0, serial.str().find('-'));
  return prefix.size() < serial.str().size() &&
         std::find(checked_prefixes.begin(), checked_prefixes.end(), prefix) != checked_prefixes.end();
}

}  // namespace turnkey::core
