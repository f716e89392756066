// SPDX-License-Identifier: Apache-2.0
// kill -9 of each process of a running installation in turn, while a device reports and a technician waits
// for a press. TURNKEY_DATA names the installation's data folder; tests/faults/run sets it.
#include <algorithm>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

#include "reporter.hpp"
#include "support/installation.hpp"
#include "support/supervised.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using testing::eventually;

namespace {

constexpr auto kRecovery = std::chrono::seconds(30);

std::string data_folder() {
  const char* folder = std::getenv("TURNKEY_DATA");
  if (folder == nullptr) throw std::runtime_error("TURNKEY_DATA is not set: use tests/faults/run");
  return folder;
}

std::string state_of(const tests::User& user, const std::string& path) {
  const auto reply = user.get(path);
  return reply.status == 200 ? reply.json().at("state").get<std::string>() : "";
}

// Opens a window as soon as that works; its path.
std::string open_window(const tests::User& user, const std::string& serial) {
  std::string path;
  eventually(
      [&] {
        const auto opened = user.post("/api/provisionings", {{"serial", serial}});
        if (opened.status != 201) return false;
        path = "/api/provisionings/" + opened.json().at("id").get<std::string>();
        return true;
      },
      kRecovery);
  return path;
}

// A button that reaches the broker, however often the connection has to be made again; pressed once.
bool press(bus::Client& device, const std::string& device_id) {
  return eventually(
      [&] {
        return device.publish_and_wait(
            {"devices/" + device_id + "/state", R"({"data":{"register_button":true}})"},
            std::chrono::seconds(2));
      },
      kRecovery);
}

}  // namespace

TEST_CASE(
    "S22 each process is killed in turn: a press still proves, and no acknowledged report is missing or "
    "doubled") {
  const tests::Installation installation(data_folder());
  const auto devices = installation.register_devices(2);
  const auto& reporting = devices[0];
  const auto& pressed = devices[1];
  const auto user = installation.sign_in("sadler-isberg", "technician");
  bus::Client button(installation.device(pressed));
  button.start();
  REQUIRE(button.wait_connected(kRecovery));
  tests::Reporter reporter(installation, reporting);

  const std::vector<std::string> processes = {
      "telemetry-ingest", "provisioning", "registry", "experience-gateway", "broker",
      "postgres",         "nginx",        "broker",   "postgres",           "telemetry-ingest",
      "telemetry-ingest", "broker"};
  for (const auto& process : processes) {
    INFO("killed: " << process);
    const std::string path = open_window(user, pressed.serial);
    REQUIRE_FALSE(path.empty());
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(tests::kill_and_wait(data_folder(), process));
    CHECK(press(button, pressed.id));
    CHECK(eventually([&] { return state_of(user, path) == "proven"; }, kRecovery));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << process << ": killed, pressed and proven within " << took.count() << " s\n";
    CHECK(eventually([&] { return user.remove(path).status == 204; }, kRecovery));
  }

  reporter.stop();
  const auto acknowledged = reporter.acknowledged();
  CHECK(acknowledged.size() > 500);
  std::map<int, int> stored;
  const bool all = eventually(
      [&] {
        stored = tests::stored_values(data_folder(), reporting.id);
        return std::all_of(acknowledged.begin(), acknowledged.end(),
                           [&](int number) { return stored.count(number) == 1; });
      },
      kRecovery);
  CHECK(all);
  for (const auto& [number, times] : stored) {
    if (times == 1) continue;
    INFO("report " << number);
    CHECK(times == 1);
  }
  CHECK(eventually([&] { return tests::unaccounted_reports(data_folder()) == 0; }, kRecovery));
  std::cout << reporter.sent() << " reports sent, " << acknowledged.size() << " acknowledged, "
            << stored.size() << " stored\n";
}
