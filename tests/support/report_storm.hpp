// SPDX-License-Identifier: Apache-2.0
// Devices that report at QoS 1 from one thread, each with so many reports not yet acknowledged at most. Every
// report holds three declared attributes; `rpm` is its number, which grows by one for each device. For what
// must be lost or stored twice nowhere: no connection may break meanwhile (see `Reporter` in tests/faults).
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/wire.hpp"

namespace turnkey::tests {

class ReportStorm {
 public:
  struct Sender {
    bus::Options connection;
    std::string topic;
  };
  struct Limits {
    int window = 50;    // reports of a device that are not acknowledged
    double rate = 0.0;  // reports a second of all together; 0: as many as are acknowledged
  };
  ReportStorm(const std::vector<Sender>& senders, Limits limits);  // connects them all
  ~ReportStorm();
  void start();
  void stop();  // when everything sent is acknowledged; throws when a connection broke
  // Nothing more is sent while `held`.
  void hold(bool held) { held_ = held; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  // What each device has sent: after `stop` all of it is acknowledged.
  std::vector<std::uint64_t> sent() const;

  static std::string report(std::uint64_t number);

 private:
  struct Device;
  void run();
  void loop();
  void turn(Device& device, bool readable);
  bool may_send(const Device& device) const;
  void watch(Device& device);

  const Limits limits_;
  const int epoll_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> held_{false};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::uint64_t sent_ = 0;
  std::uint64_t due_ = 0;
  std::exception_ptr failure_{};
  std::thread thread_;
};

}  // namespace turnkey::tests
