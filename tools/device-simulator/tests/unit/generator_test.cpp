// SPDX-License-Identifier: Apache-2.0
#include "domain/generator.hpp"

#include <catch2/catch.hpp>

using turnkey::simulator::Generator;

TEST_CASE("a stopped generator that is told to start runs at its rated speed within twenty seconds") {
  Generator generator(1, false);
  CHECK_FALSE(generator.read().running);
  generator.start();
  generator.advance(20);
  const auto readings = generator.read();
  CHECK(readings.running);
  CHECK(readings.rpm == Approx(1500).margin(30));
  CHECK(readings.battery_voltage > 13);
}

TEST_CASE("a running generator that is told to stop comes to rest, carries no current and cools down") {
  Generator generator(2, true);
  generator.advance(60);
  CHECK(generator.read().current > 5);
  const double hot = generator.read().manifold_temperature;
  generator.stop();
  generator.advance(600);
  const auto readings = generator.read();
  CHECK_FALSE(readings.running);
  CHECK(readings.current == 0);
  CHECK(readings.manifold_temperature < hot - 50);
}

TEST_CASE("hours that were reported and hours that were only lived end at the same place") {
  Generator reported(4, true);
  for (int minute = 0; minute < 360; ++minute) {
    reported.advance(60);
    reported.read();
  }
  Generator lived(4, true);
  lived.advance(6 * 3600);
  CHECK(lived.read().fuel_level == reported.read().fuel_level);
  CHECK(lived.read().manifold_temperature == Approx(reported.read().manifold_temperature).margin(2));
  CHECK(lived.read().current == Approx(reported.read().current).margin(2));
}

TEST_CASE("a running generator uses fuel and never reports less than nothing") {
  Generator generator(3, true);
  const double before = generator.read().fuel_level;
  generator.advance(1800);
  CHECK(generator.read().fuel_level < before);
  generator.advance(48 * 3600);
  CHECK(generator.read().fuel_level >= 0);
  CHECK(generator.read().fuel_level <= 100);
}
