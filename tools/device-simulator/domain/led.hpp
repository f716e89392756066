// SPDX-License-Identifier: Apache-2.0
// The light of a device that was told to blink: dark first, so that a person sees where the counting begins,
// then on and off, slowly enough to be counted. Pure. Not thread safe.
#pragma once

#include <chrono>
#include <string>

namespace turnkey::simulator {

class Led {
 public:
  using Millis = std::chrono::milliseconds;
  static constexpr Millis kPause{1500};
  static constexpr Millis kOn{700};
  static constexpr Millis kOff{700};

  // Begins anew. A command that came before (`stamp`: its own time) is the same command, delivered twice.
  void blink(int times, const std::string& stamp, Millis now);
  bool on(Millis now) const { return flash(now) > 0 && (now - started_ - kPause) % (kOn + kOff) < kOn; }
  int flash(Millis now) const;  // which one it is, from 1; 0 outside of the blinking
  bool busy(Millis now) const { return flash(now) > 0 || (times_ > 0 && now - started_ < kPause); }
  int times() const { return times_; }    // of the last blinking
  int number() const { return number_; }  // which blinking it is, from 1
  Millis since(Millis now) const { return now - started_; }

 private:
  int times_ = 0;
  int number_ = 0;
  Millis started_{0};
  std::string stamp_{};
};

}  // namespace turnkey::simulator
