// SPDX-License-Identifier: Apache-2.0
#include "report_load.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <iostream>
#include <memory>
#include <thread>

namespace turnkey::bench {
namespace {

std::atomic<bool> stopping{false};

std::string report(int number) {
  return fmt::format(
      R"({{"data":{{"rpm":{},"manifold_temperature":81.5,"battery_voltage":13.9,"fuel_level":72.1,"current":{},"running":true}}}})",
      1480 + number % 40, number % 55);
}

}  // namespace

int run_load(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
             int rate) {
  signal(SIGTERM, [](int) { stopping = true; });
  std::vector<std::unique_ptr<bus::Client>> clients;
  for (const auto& keys : devices) {
    clients.push_back(std::make_unique<bus::Client>(installation.device(keys)));
    clients.back()->start();
  }
  for (const auto& client : clients) {
    if (!client->wait_connected(std::chrono::seconds(20))) return 1;
  }
  std::cout << "connected" << std::endl;
  const auto interval = std::chrono::nanoseconds(1'000'000'000 / rate);
  auto next = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  for (int number = 0; !stopping; ++number) {
    const auto index = static_cast<std::size_t>(number) % devices.size();
    if (clients[index]->publish({"devices/" + devices[index].id + "/state", report(number)})) ++sent;
    next += interval;
    std::this_thread::sleep_until(next);
  }
  std::cout << sent << std::endl;
  return 0;
}

}  // namespace turnkey::bench
