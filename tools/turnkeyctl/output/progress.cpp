// SPDX-License-Identifier: Apache-2.0
#include "output/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::uint64_t kBar = 24;                // characters
constexpr const char* kToLineStart = "\r\x1b[K";  // and the line is empty

}  // namespace

std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t whole) {
  if (whole == 0) return fmt::format("{:<12} {}", what, done == 0 ? "..." : std::to_string(done));
  const std::uint64_t shown = std::min(done, whole);
  const std::string full(static_cast<std::size_t>(shown * kBar / whole), '#');
  return fmt::format("{:<12} [{:<{}}] {:>3} %  {} of {}", what, full, kBar, shown * 100 / whole, shown,
                     whole);
}

void ProgressLine::draw(const std::string& text) {
  if (!drawn_) return;
  const std::lock_guard lock(mutex_);
  err_ << kToLineStart << printable(text) << std::flush;
  there_ = true;
}

void ProgressLine::say(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  if (there_) err_ << kToLineStart;
  there_ = false;
  err_ << printable_lines(sentence) << std::endl;
}

void ProgressLine::clear() {
  const std::lock_guard lock(mutex_);
  if (there_) err_ << kToLineStart << std::flush;
  there_ = false;
}

}  // namespace turnkey::ctl
