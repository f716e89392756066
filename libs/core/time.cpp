// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"

#include <fmt/format.h>

namespace turnkey::core {
namespace {

// Reads fixed-width fields from the front of the text; remembers whether all of them were there.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  int number(std::size_t width) {
    int value = 0;
    if (rest_.size() < width) return fail();
    for (std::size_t i = 0; i < width; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  char one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }
  int fraction_ms() {
    if (rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    int value = 0;
    int scale = 100;
    std::size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      value += (rest_[digits] - '0') * scale;
      scale /= 10;
    }
    if (digits == 0) return fail();
    rest_.remove_prefix(digits);
    return value;
  }
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

std::string to_iso(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<Timestamp> from_iso(std::string_view text) {
  using namespace std::chrono;
  FieldReader in(text);
  const int y = in.number(4);
  in.one_of("-");
  const int mo = in.number(2);
  in.one_of("-");
  const int d = in.number(2);
  in.one_of("Tt ");
  const int h = in.number(2);
  in.one_of(":");
  const int mi = in.number(2);
  in.one_of(":");
  const int s = in.number(2);
  const int ms = in.fraction_ms();
  const char zone = in.one_of("Zz+-");
  int offset_min = 0;
  if (zone == '+' || zone == '-') {
    const int oh = in.number(2);
    in.one_of(":");
    const int om = in.number(2);
    if (oh > 23 || om > 59) return std::nullopt;
    offset_min = (oh * 60 + om) * (zone == '-' ? -1 : 1);
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!in.finished() || !date.ok() || y < 1970 || h > 23 || mi > 59 || s > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(h) + minutes(mi - offset_min) + seconds(s) + milliseconds(ms);
}

std::int64_t to_epoch_ms(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp from_epoch_ms(std::int64_t milliseconds) { return Timestamp(Millis(milliseconds)); }

}  // namespace turnkey::core
