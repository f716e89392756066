// SPDX-License-Identifier: Apache-2.0
// Thousands of devices that all come back at once because their broker was killed: until each has a PUBACK
// for a new report, on a running installation and on a bare Mosquitto that lets everybody in, in the same
// run.
#include <fmt/format.h>
#include <signal.h>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "bare_broker.hpp"
#include "returning_devices.hpp"
#include "support/installation.hpp"
#include "support/program.hpp"
#include "support/supervised.hpp"
#include "testing/eventually.hpp"

namespace {

using namespace turnkey;
using namespace turnkey::bench;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string data;
  int devices = 10'000;
  int kills = 3;
  int pause_ms = 100;
};

constexpr auto kWithin = std::chrono::seconds(180);

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// From the broker's return to the last device's PUBACK.
double print(const char* what, const ReturningDevices::Times& times) {
  const double back = seconds(times.first_accepted);
  const double last = seconds(times.reported.back());
  fmt::print("{:<14}{:>10.2f}{:>10.2f}{:>10.2f}{:>12}{:>10}\n", what, back,
             seconds(times.reported[times.reported.size() / 2]) - back, last - back, times.attempts,
             times.refused);
  return last - back;
}

std::vector<double> storms(const char* what, const Settings& settings, std::vector<bus::Options> connections,
                           const std::function<void()>& kill, const std::function<void()>& afterwards) {
  ReturningDevices devices(std::move(connections), std::chrono::milliseconds(settings.pause_ms));
  devices.until_all_reported(kWithin, [] {});
  std::vector<double> took;
  for (int i = 0; i < settings.kills; ++i) {
    took.push_back(print(what, devices.until_all_reported(kWithin, kill)));
    afterwards();
  }
  std::sort(took.begin(), took.end());
  return took;
}

std::vector<double> bare(const Settings& settings, const std::vector<bus::Options>& connections) {
  BareBroker broker;
  auto there = connections;
  for (auto& connection : there) connection.port = broker.client("").port;
  return storms(
      "bare", settings, there, [&] { broker.kill_and_start(); }, [] {});
}

// How many devices the registry takes for connected, which the list of devices and the groups show.
std::int64_t shown_connected(const std::string& data) {
  pqxx::connection connection(tests::admin_connection_string(data));
  pqxx::nontransaction tx(connection);
  return tx
      .exec1(
          "select count(*) from registry.device_presence where connected and boot_id = (select boot_id from "
          "registry.broker_boot)")[0]
      .as<std::int64_t>();
}

// `before`: those that were there without ours.
void wait_shown_connected(const Settings& settings, std::int64_t before) {
  const auto began = Clock::now();
  if (!testing::eventually([&] { return shown_connected(settings.data) >= before + settings.devices; },
                           kWithin))
    throw std::runtime_error("not every device is shown as connected");
  fmt::print("  shown as connected, all of them, {:.2f} s later; the broker has {:.1f} MiB\n",
             seconds(Clock::now() - began), tests::memory_MiB(settings.data, "broker"));
}

int run(const Settings& settings) {
  const tests::Installation installation(settings.data);
  const auto began = Clock::now();
  std::vector<bus::Options> connections;
  for (const auto& device : installation.register_devices(settings.devices))
    connections.push_back(installation.device(device));
  fmt::print("{} devices registered in {:.1f} s\n", settings.devices, seconds(Clock::now() - began));
  fmt::print("{:<14}{:>10}{:>10}{:>10}{:>12}{:>10}\n", "seconds", "back", "half", "all", "attempts",
             "refused");
  const auto others = shown_connected(settings.data);
  const auto plain = bare(settings, connections);
  const auto ours = storms(
      "Turnkey", settings, connections, [&] { kill(tests::pid_of(settings.data, "broker"), SIGKILL); },
      [&] { wait_shown_connected(settings, others); });
  fmt::print("ratio of the medians: {:.2f}\n", ours[ours.size() / 2] / plain[plain.size() / 2]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures how long devices need to be back after a kill of the broker of a running installation.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--devices", settings.devices, "how many")->capture_default_str();
  app.add_option("--kills", settings.kills, "of each broker")->capture_default_str();
  app.add_option("--pause-ms", settings.pause_ms, "that a device waits before it tries again")
      ->capture_default_str();
  return tests::run_program(app, argc, argv, [&] { return run(settings); });
}
