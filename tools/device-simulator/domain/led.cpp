// SPDX-License-Identifier: Apache-2.0
#include "domain/led.hpp"

namespace turnkey::simulator {

void Led::blink(int times, const std::string& stamp, Millis now) {
  if (!stamp.empty() && stamp == stamp_) return;
  stamp_ = stamp;
  times_ = times;
  ++number_;
  started_ = now;
}

int Led::flash(Millis now) const {
  const Millis into = now - started_ - kPause;
  if (into < Millis::zero()) return 0;
  const auto flash = into / (kOn + kOff) + 1;
  return flash <= times_ ? static_cast<int>(flash) : 0;
}

}  // namespace turnkey::simulator
