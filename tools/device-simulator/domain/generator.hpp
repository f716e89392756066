// SPDX-License-Identifier: Apache-2.0
// A diesel generator of about 30 kVA as its gateway sees it: crank, run up, load, warm up, cool down, use
// fuel, charge the battery. First-order curves with noise; plausible, not exact. Pure: time and randomness
// are handed in. Not thread safe.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace turnkey::simulator {

struct GeneratorReadings {
  double rpm = 0;                   // 1/min; 1500 is 50 Hz with four poles
  double manifold_temperature = 0;  // degrees Celsius
  double battery_voltage = 0;       // V
  double fuel_level = 0;            // percent
  double current = 0;               // A, per phase
  bool running = false;
};

class Generator {
 public:
  Generator(std::uint32_t seed, bool running);
  void start() { wants_to_run_ = fuel_level_ > 0; }
  void stop() { wants_to_run_ = false; }
  bool wants_to_run() const { return wants_to_run_; }
  void advance(double seconds);  // in steps of at most a second inside
  GeneratorReadings read();      // with the sensors' noise

 private:
  void step(double seconds);
  double noise(double deviation);
  std::mt19937 random_;
  bool wants_to_run_;
  double clock_s_ = 0;
  double load_phase_;
  double rpm_ = 0;
  double temperature_ = 22;
  double voltage_ = 12.6;
  double fuel_level_;
  double current_ = 0;
};

}  // namespace turnkey::simulator
