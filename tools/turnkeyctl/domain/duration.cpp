// SPDX-License-Identifier: Apache-2.0
#include "domain/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace turnkey::ctl {
namespace {

using namespace std::chrono_literals;

constexpr int kTries = 5;
constexpr auto kLongestPause = std::chrono::seconds(30);
constexpr std::int64_t kMostSeconds = std::int64_t{100} * 366 * 24 * 3600;

std::int64_t seconds_in(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t factor = 1;
  if (!text.empty() && (text.back() < '0' || text.back() > '9')) {
    factor = seconds_in(text.back());
    text.remove_suffix(1);
  }
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || factor == 0 || count < 0)
    return std::nullopt;
  if (count > kMostSeconds / factor) return std::nullopt;
  return std::chrono::seconds(count * factor);
}

std::optional<std::chrono::milliseconds> pause_before(int next, std::optional<std::chrono::seconds> asked) {
  if (next > kTries || (asked && *asked > kLongestPause)) return std::nullopt;
  if (asked) return std::max<std::chrono::milliseconds>(*asked, 100ms);
  return 500ms * (1 << std::clamp(next - 2, 0, 6));
}

}  // namespace turnkey::ctl
