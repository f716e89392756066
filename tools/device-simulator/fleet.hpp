// SPDX-License-Identifier: Apache-2.0
// The simulated devices of one process and the clock that makes them report. Thread safe.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/result.hpp"
#include "device.hpp"

namespace turnkey::simulator {

// [{"serial","deviceId","accessKey","accessSecret","running"?}, ...] as in the quickstart's files.
core::Result<std::vector<Identity>> read_identities(const std::string& file);

class Fleet {
 public:
  Fleet(std::vector<Identity> identities, const Network& network, const std::string& register_attribute);
  ~Fleet();
  void connect();
  void run(std::chrono::milliseconds interval);  // reports of the devices are spread over the interval
  const std::vector<std::unique_ptr<Device>>& devices() const { return devices_; }
  Device* find(const std::string& serial);

 private:
  void loop(std::chrono::milliseconds interval);
  std::vector<std::unique_ptr<Device>> devices_;
  std::atomic<bool> stopping_{false};
  std::thread clock_;
};

}  // namespace turnkey::simulator
