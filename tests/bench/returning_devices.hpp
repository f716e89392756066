// SPDX-License-Identifier: Apache-2.0
// Devices that want to be connected: each connects, subscribes to its commands and reports at QoS 1, and when
// it is refused or cut it tries again. MQTT 3.1.1 on plain sockets, all on the caller's thread. Not thread
// safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/client.hpp"

namespace turnkey::bench {

class ReturningDevices {
 public:
  using Clock = std::chrono::steady_clock;
  // `connections` hold where to and as whom. After a failure a device pauses so long.
  ReturningDevices(std::vector<bus::Options> connections, std::chrono::milliseconds pause);
  ~ReturningDevices();
  ReturningDevices(const ReturningDevices&) = delete;
  ReturningDevices& operator=(const ReturningDevices&) = delete;

  // Lets them go on until each has had a PUBACK since the last call; throws std::runtime_error when that
  // takes longer. `killed` runs first: what it does to the broker is over before any device can notice.
  struct Times {
    Clock::duration first_accepted{};         // a TCP connection, since the beginning
    std::vector<Clock::duration> reported{};  // each PUBACK, in order
    std::uint64_t refused = 0;                // CONNACKs that said no
    std::uint64_t attempts = 0;               // TCP connections that were tried
  };
  Times until_all_reported(std::chrono::seconds within, const std::function<void()>& killed);

 private:
  struct Device;
  void turn(Device& device, std::uint32_t events);
  void begin(Device& device);
  void connected(Device& device);
  void take(Device& device);
  void answer(Device& device, std::uint8_t kind, std::string_view body);
  void failed(Device& device);
  void begin_due();
  void send(Device& device, const std::string& bytes);

  const std::chrono::milliseconds pause_;
  const int epoll_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::deque<Device*> waiting_;  // for their next attempt, the earliest first
  Clock::time_point began_;
  Times times_;
};

}  // namespace turnkey::bench
