// SPDX-License-Identifier: Apache-2.0
#include "domain/generator.hpp"

#include <algorithm>
#include <cmath>

namespace turnkey::simulator {
namespace {

constexpr double kRatedRpm = 1500;
constexpr double kRunningRpm = 400;  // above this the engine runs by itself
constexpr double kAmbient = 22;
constexpr double kHotManifold = 148;
constexpr double kRatedCurrent = 43;
constexpr double kFuelPerHour = 9.0;  // percent of the tank at full load
constexpr double kTwoPi = 6.283185307179586;

// Moves `value` towards `target` as a first-order lag with the given time constant does.
void approach(double& value, double target, double seconds, double time_constant_s) {
  value += (target - value) * (1 - std::exp(-seconds / time_constant_s));
}

}  // namespace

Generator::Generator(std::uint32_t seed, bool running) : random_(seed), wants_to_run_(running) {
  std::uniform_real_distribution<double> uniform(0, 1);
  load_phase_ = uniform(random_) * kTwoPi;
  fuel_level_ = 55 + uniform(random_) * 40;
  if (running) {
    rpm_ = kRatedRpm;
    temperature_ = kHotManifold - 20;
    voltage_ = 14.1;
  }
}

double Generator::noise(double deviation) { return std::normal_distribution<double>(0, deviation)(random_); }

void Generator::advance(double seconds) {
  while (seconds > 0) {
    const double now = std::min(seconds, 1.0);
    step(now);
    seconds -= now;
  }
}

void Generator::step(double seconds) {
  clock_s_ += seconds;
  if (fuel_level_ <= 0) wants_to_run_ = false;
  approach(rpm_, wants_to_run_ ? kRatedRpm : 0, seconds, wants_to_run_ ? 2.5 : 4.0);
  const bool turning = rpm_ > kRunningRpm;
  const double share = turning ? 0.55 + 0.3 * std::sin(clock_s_ / 900 * kTwoPi + load_phase_) : 0;
  const bool loaded = rpm_ > kRatedRpm * 0.95;
  approach(current_, loaded ? kRatedCurrent * share : 0, seconds, 3);
  approach(temperature_, turning ? kAmbient + (kHotManifold - kAmbient) * (0.6 + 0.4 * share) : kAmbient,
           seconds, 240);
  approach(voltage_, turning ? 14.1 : (wants_to_run_ ? 10.8 : 12.6), seconds, turning ? 6 : 1.5);
  fuel_level_ =
      std::max(0.0, fuel_level_ - (turning ? kFuelPerHour * (0.2 + 0.8 * share) * seconds / 3600 : 0));
  // A delivery comes before the demo runs dry.
  if (fuel_level_ < 8) fuel_level_ = 96;
}

GeneratorReadings Generator::read() {
  const auto rounded = [](double value, double per_unit) { return std::round(value * per_unit) / per_unit; };
  GeneratorReadings out;
  out.running = rpm_ > kRunningRpm;
  out.rpm = out.running || wants_to_run_ ? std::max(0.0, rounded(rpm_ + noise(4), 1)) : rounded(rpm_, 1);
  out.manifold_temperature = rounded(temperature_ + noise(0.3), 10);
  out.battery_voltage = rounded(voltage_ + noise(0.02), 100);
  out.fuel_level = rounded(fuel_level_, 10);
  out.current = current_ > 0.5 ? std::max(0.0, rounded(current_ + noise(0.25), 10)) : 0;
  return out;
}

}  // namespace turnkey::simulator
