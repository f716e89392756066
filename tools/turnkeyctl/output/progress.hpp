// SPDX-License-Identifier: Apache-2.0
// One line on the terminal that says how far something is, drawn again in place. Nothing is drawn where
// standard error is no terminal. Thread safe.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>

namespace turnkey::ctl {

// "Writing      [#######         ]  46 %  46000 of 100000"; without a bar when the whole is not known.
std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t whole);

class ProgressLine {
 public:
  ProgressLine(std::ostream& err, bool drawn) : err_(err), drawn_(drawn) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void draw(const std::string& text);
  // A sentence that stays, above the line.
  void say(const std::string& sentence);
  void clear();
  bool drawn() const { return drawn_; }

 private:
  std::mutex mutex_;
  std::ostream& err_;
  bool drawn_;
  bool there_ = false;
};

}  // namespace turnkey::ctl
