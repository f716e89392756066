// SPDX-License-Identifier: Apache-2.0
// From the device's publish of a press to the server-sent event at the client (broker, telemetry-ingest,
// broker, gateway, nginx with TLS), as a ratio to the raw two hops (device, broker, subscriber) in the same
// run; idle and under load.
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "press_probe.hpp"
#include "report_load.hpp"
#include "support/program.hpp"
#include "testing/eventually.hpp"
#include "testing/process.hpp"

namespace {

using namespace turnkey;
using namespace turnkey::bench;

void print(const char* what, const Samples& raw_hops, const Samples& whole) {
  const auto line = [&](const char* name, double part) {
    const double hops = percentile(raw_hops, part);
    const double all = percentile(whole, part);
    fmt::print("{:<28} {:>4} {:>12.2f} {:>12.2f} {:>8.1f}\n", what, name, hops, all, all / hops);
  };
  line("p50", 0.50);
  line("p99", 0.99);
}

std::string write_keys(const testing::TemporaryFolder& folder,
                       const std::vector<tests::DeviceKeys>& devices) {
  const std::string path = folder.path() + "/devices.json";
  contracts::Json list = contracts::Json::array();
  for (const auto& one : devices) list.push_back({one.serial, one.id, one.access_key, one.access_secret});
  std::ofstream(path) << list.dump();
  return path;
}

std::vector<tests::DeviceKeys> read_keys(const std::string& path) {
  std::ifstream file(path);
  std::vector<tests::DeviceKeys> devices;
  for (const auto& one : contracts::Json::parse(file)) devices.push_back({one[0], one[1], one[2], one[3]});
  return devices;
}

int measure(const tests::Installation& installation, int count, int rate) {
  auto devices = installation.register_devices(21);
  const tests::DeviceKeys pressed = devices.back();
  devices.pop_back();
  const tests::User user = installation.sign_in("sadler-isberg", "technician");
  bus::Client publisher(installation.device(pressed));
  publisher.start();
  if (!publisher.wait_connected(kDeadline)) throw std::runtime_error("the device cannot connect");
  const Probe bench{installation, user, pressed, publisher};
  fmt::print("{:<28} {:>4} {:>12} {:>12} {:>8}\n", "", "", "2 hops, ms", "press, ms", "ratio");
  presses(bench, 10);  // connections and caches are warm
  print("nothing else going on", raw(bench, count), presses(bench, count));

  const testing::TemporaryFolder folder;
  testing::Child load(
      {std::filesystem::read_symlink("/proc/self/exe").string(), "--data", installation.folder(), "--rate",
       std::to_string(rate), "load", "--devices", write_keys(folder, devices)},
      folder.path() + "/load.log");
  const auto said = [&] {
    std::ifstream log(folder.path() + "/load.log");
    for (std::string line; std::getline(log, line);)
      if (line == "connected") return true;
    return false;
  };
  if (!testing::eventually(said, std::chrono::seconds(30)))
    throw std::runtime_error("the load does not start");
  presses(bench, 10);
  print(fmt::format("{} reports/s from 20 devices", rate).c_str(), raw(bench, count), presses(bench, count));
  load.signal(SIGTERM);
  load.wait();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures a press from the device to the phone on a running installation (deploy/quickstart).");
  std::string data, devices;
  int count = 300, rate = 2000;
  app.add_option("--data", data, "its data folder")->required();
  app.add_option("--presses", count, "measured presses of each kind");
  app.add_option("--rate", rate, "reports a second in the background of the second part");
  auto* load = app.add_subcommand("load", "only the background reports (started by the measurement itself)")
                   ->group("");
  load->add_option("--devices", devices)->required();
  app.require_subcommand(0, 1);
  return tests::run_program(app, argc, argv, [&] {
    const tests::Installation installation(data);
    if (load->parsed()) return bench::run_load(installation, read_keys(devices), rate);
    return measure(installation, count, rate);
  });
}
