// SPDX-License-Identifier: Apache-2.0
// The bench with real clients in place of a firmware.
#include "firmware_bench.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>

#include "core/random.hpp"
#include "device.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::simulator;
using namespace std::chrono_literals;

namespace {

// Runs the bench; `begin` gets its port, `pressing` is called when it asks for a press.
std::vector<Ruling> benched(BenchSettings settings, const std::function<void(int)>& begin,
                            const std::function<void()>& pressing) {
  std::promise<int> port;
  settings.listening = [&](int number) { port.set_value(number); };
  settings.say = [&](const std::string& what) {
    if (what.find("Press") != std::string::npos) pressing();
  };
  auto rulings = std::async(std::launch::async, [&] { return watch_firmware(settings); });
  begin(port.get_future().get());
  auto result = rulings.get();
  REQUIRE(result);
  return *result;
}

Kept of(const std::vector<Ruling>& rulings, const std::string& rule) {
  const auto found =
      std::find_if(rulings.begin(), rulings.end(), [&](const Ruling& one) { return one.rule == rule; });
  REQUIRE(found != rulings.end());
  return found->kept;
}

}  // namespace

TEST_CASE("the simulated device is watched through reports, a press and refused logins") {
  std::unique_ptr<Device> device;
  BenchSettings settings;
  settings.watch = 2s;
  settings.press = 10s;
  settings.refuse = 20s;
  const auto rulings = benched(
      settings,
      [&](int port) {
        Network network;
        network.port = port;
        device = std::make_unique<Device>(
            Identity{"GEN-1", core::random_hex(12), core::random_uuid(), core::random_hex(32), false},
            network, "register_button");
        device->connect();
        REQUIRE(testing::eventually([&] { return device->shown().connected; }));
        device->report(1);
      },
      [&] { CHECK(device->press(1)); });
  INFO(to_text(rulings));
  for (const char* rule : {"login", "keep_alive", "commands", "topics", "reports", "time", "press"})
    CHECK(of(rulings, rule) == Kept::yes);
  CHECK(of(rulings, "waiting") != Kept::not_checked);  // its pauses are as long as chance has them
}

TEST_CASE("who never comes, or speaks something else, is told so") {
  BenchSettings settings;
  settings.connect = 1s;
  const auto nobody = benched(
      settings, [](int) {}, [] {});
  CHECK(of(nobody, "login") == Kept::no);
  CHECK(nobody.size() == 1);
  BenchSettings taken;
  taken.address = "192.0.2.1";
  CHECK_FALSE(watch_firmware(taken));
}
