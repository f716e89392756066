// SPDX-License-Identifier: Apache-2.0
// The example firmware at the bench of `device-simulator conformance firmware`.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "example.hpp"
#include "firmware_bench.hpp"

using namespace turnkey;
using namespace std::chrono_literals;

TEST_CASE("the example firmware keeps every rule of the bench") {
  std::unique_ptr<tests::Example> device;
  simulator::BenchSettings settings;
  settings.watch = 2s;
  settings.press = 10s;
  settings.refuse = 60s;
  settings.listening = [&](int port) {
    device = std::make_unique<tests::Example>(tests::ExampleAccount{
        port, core::random_hex(12), core::random_uuid(), core::random_hex(32), "--bench"});
    device->type("report rpm 1500");
  };
  settings.say = [&](const std::string& what) {
    if (what.find("Press") != std::string::npos) device->type("press");
  };
  const auto rulings = simulator::watch_firmware(settings);
  REQUIRE(rulings);
  INFO(simulator::to_text(*rulings));
  CHECK(rulings->size() == 8);
  for (const auto& one : *rulings) CHECK(one.kept == simulator::Kept::yes);
}
