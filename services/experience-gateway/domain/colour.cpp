// SPDX-License-Identifier: Apache-2.0
#include "domain/colour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace turnkey::gateway {
namespace {

constexpr int kSteps = 100;  // from a colour to black or white
constexpr std::string_view kDigits = "0123456789abcdef";

std::string lower_without_blanks(std::string_view text) {
  std::string out = core::ascii_lower(text);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

std::optional<Colour> parse_hex(std::string_view digits) {
  std::vector<int> values;
  for (const char c : digits) {
    const auto at = kDigits.find(c);
    if (at == std::string_view::npos) return {};
    values.push_back(static_cast<int>(at));
    if (digits.size() == 3) values.push_back(static_cast<int>(at));
  }
  if (values.size() != 6) return {};
  const auto channel = [&](std::size_t at) {
    return static_cast<std::uint8_t>(values[at] * 16 + values[at + 1]);
  };
  return Colour{channel(0), channel(2), channel(4)};
}

std::optional<Colour> parse_rgb(std::string_view numbers) {
  std::vector<int> values(1, -1);
  for (const char c : numbers) {
    if (c == ',') {
      values.push_back(-1);
    } else {
      if (c < '0' || c > '9' || values.back() > 255) return {};
      values.back() = std::max(values.back(), 0) * 10 + (c - '0');
    }
  }
  const bool good = values.size() == 3 && std::all_of(values.begin(), values.end(),
                                                      [](int each) { return each >= 0 && each <= 255; });
  if (!good) return {};
  return Colour{static_cast<std::uint8_t>(values[0]), static_cast<std::uint8_t>(values[1]),
                static_cast<std::uint8_t>(values[2])};
}

double linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

}  // namespace

std::optional<Colour> Colour::parse(std::string_view text) {
  const std::string plain = lower_without_blanks(text);
  if (plain.starts_with('#') && (plain.size() == 4 || plain.size() == 7))
    return parse_hex(std::string_view(plain).substr(1));
  if (plain.starts_with("rgb(") && plain.ends_with(')'))
    return parse_rgb(std::string_view(plain).substr(4, plain.size() - 5));
  return {};
}

std::string Colour::hex() const { return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue); }

double Colour::luminance() const {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

double contrast(Colour one, Colour other) {
  const double a = one.luminance();
  const double b = other.luminance();
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

double contrast(Colour one, const std::vector<Colour>& grounds) {
  double least = 21;
  for (const Colour ground : grounds) least = std::min(least, contrast(one, ground));
  return least;
}

Colour mix(Colour first, Colour second, double share) {
  const auto channel = [share](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * share));
  };
  return {channel(first.red, second.red), channel(first.green, second.green),
          channel(first.blue, second.blue)};
}

Colour readable(Colour wanted, const std::vector<Colour>& grounds, double least) {
  const Colour end = contrast(kBlack, grounds) >= contrast(kWhite, grounds) ? kBlack : kWhite;
  for (int step = 0; step < kSteps; ++step) {
    const Colour candidate = mix(wanted, end, static_cast<double>(step) / kSteps);
    if (contrast(candidate, grounds) >= least) return candidate;
  }
  return end;
}

Colour words_on(Colour ground) { return contrast(kWhite, ground) >= kWords ? kWhite : kBlack; }

}  // namespace turnkey::gateway
