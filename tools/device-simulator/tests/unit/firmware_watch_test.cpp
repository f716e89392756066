// SPDX-License-Identifier: Apache-2.0
#include "domain/firmware_watch.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using namespace turnkey::simulator;
using namespace std::chrono_literals;

namespace {

const core::Timestamp kNow = *core::from_iso("2026-11-22T21:48:05.130Z");
const std::string kDevice(24, 'a');
const std::string kState = "devices/" + kDevice + "/state";
const std::string kGood = R"({"data":{"rpm":1500},"time":{"$date":"2026-11-22T21:48:05.000Z"}})";
const std::string kPress = R"({"data":{"register_button":true}})";

mqtt::Connect login() {
  return {mqtt::Version::v3_1_1, kDevice, "0b5f7a1e-3c77-4a51-9d5e-6a2f1d0c9b8a", std::string(64, 'b'), 60};
}

// A firmware that does everything right.
FirmwareWatch good() {
  FirmwareWatch watch("devices", "register_button");
  watch.connects(login());
  watch.subscribes({1, {{"devices/" + kDevice + "/command", 1}}});
  watch.publishes({kState, kGood, 1}, kNow);
  watch.awaits_press();
  watch.publishes({kState, kPress, 1}, kNow);
  for (const auto at : {0s, 1s, 3s, 7s}) watch.is_refused(kNow + at);
  watch.comes_back();
  return watch;
}

// Names of the broken rules.
std::string broken(const FirmwareWatch& watch) {
  std::string names;
  for (const auto& one : watch.rulings())
    if (one.kept == Kept::no) names += one.rule + " ";
  return names;
}

template <typename Change>
std::string broken_by(const Change& change) {
  auto watch = good();
  change(watch);
  return broken(watch);
}

std::string broken_by_login(const mqtt::Connect& connect) {
  FirmwareWatch watch("devices", "register_button");
  watch.connects(connect);
  const auto rulings = watch.rulings();
  return rulings[0].kept == Kept::no ? rulings[0].rule : rulings[1].kept == Kept::no ? rulings[1].rule : "";
}

}  // namespace

TEST_CASE("a firmware that does what the page for firmware developers says keeps every rule") {
  CHECK(broken(good()) == "");
  CHECK(good().rulings().size() == 8);
}

TEST_CASE(
    "a login is a device id, an access key and an access secret, with a keep-alive of up to five minutes") {
  CHECK(broken_by_login(login()) == "");
  auto wrong = login();
  wrong.client_id = "device-1";
  CHECK(broken_by_login(wrong) == "login");
  wrong = login();
  wrong.password = "secret";
  CHECK(broken_by_login(wrong) == "login");
  for (const int seconds : {0, 301}) {
    wrong = login();
    wrong.keep_alive_s = static_cast<std::uint16_t>(seconds);
    CHECK(broken_by_login(wrong) == "keep_alive");
  }
  CHECK(broken(FirmwareWatch("devices", "register_button")) == "login ");
}

TEST_CASE("topics, reports and times that would be refused are named") {
  CHECK(broken_by([](auto& watch) {
          watch.publishes({"devices/other/state", kGood, 1}, kNow);
        }) == "topics ");
  CHECK(broken_by([](auto& watch) { watch.subscribes({1, {{"#", 1}}}); }) == "topics ");
  CHECK(broken_by([](auto& watch) {
          watch.subscribes({1, {{"devices/" + kDevice + "/command", 1}, {"#", 1}}});
        }) == "topics ");
  for (const char* wrong : {"", "x", "4", "{}", R"({"data":4})"})
    CHECK(broken_by([&](auto& watch) { watch.publishes({kState, wrong, 1}, kNow); }) == "reports ");
  CHECK(broken_by([](auto& watch) { watch.publishes({kState, kGood, 2}, kNow); }) == "reports ");
  CHECK(broken_by([](auto& watch) { watch.publishes({kState, kGood, 1}, kNow + 6min); }) == "time ");
  CHECK(broken_by([](auto& watch) {
          watch.publishes({kState, R"({"data":{"x":1},"time":"tomorrow"})", 1}, kNow);
        }) == "time ");
}

TEST_CASE("presses are reported and not retained; without a wait for one the rule is not checked") {
  CHECK(broken_by([](auto& watch) { watch.publishes({kState, kPress, 1, true}, kNow); }) == "press ");
  FirmwareWatch watch("devices", "register_button");
  watch.connects(login());
  CHECK(broken(watch) == "commands reports ");
  watch.awaits_press();
  CHECK(broken(watch) == "commands reports press ");
}

TEST_CASE("pauses after refused logins begin with half a second and grow") {
  const auto waiting = [](std::vector<core::Millis> at, bool back = true) {
    FirmwareWatch watch("devices", "register_button");
    watch.connects(login());
    for (const auto one : at) watch.is_refused(kNow + one);
    if (back) watch.comes_back();
    return broken(watch).find("waiting") != std::string::npos;
  };
  CHECK_FALSE(waiting({0ms, 500ms, 1500ms, 3500ms}));
  CHECK(waiting({0ms, 499ms, 1500ms, 3500ms}));
  CHECK(waiting({0ms, 1000ms, 2000ms, 3999ms}));
  CHECK(waiting({0ms, 1000ms, 3000ms}));
  CHECK(waiting({0ms, 5000ms, 10000ms, 15000ms}));  // long ones, and always the same
  CHECK(waiting({0ms, 1000ms, 3000ms, 7000ms}, false));
  CHECK_FALSE(waiting({}));
}
