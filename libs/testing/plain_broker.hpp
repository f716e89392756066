// SPDX-License-Identifier: Apache-2.0
// A real Mosquitto without Turnkey's plugin: passwords and an ACL from files, as deploy/brokers/mosquitto has
// them. What works with it needs nothing but MQTT 5.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bus/client.hpp"
#include "testing/process.hpp"

namespace turnkey::testing {

class PlainBroker {
 public:
  // `devices`: access keys and secrets. Services are there in any case.
  explicit PlainBroker(const std::vector<std::pair<std::string, std::string>>& devices);
  void add(const std::string& access_key, const std::string& secret);  // from the next login on
  void kill_and_start();                                               // kill -9, on the same port again
  int port() const { return port_; }
  static std::string password_of(const std::string& service);
  bus::Options service(const std::string& name, const std::string& instance) const;

 private:
  void start();
  TemporaryFolder folder_;
  int port_ = free_port();
  std::unique_ptr<Child> child_;
};

}  // namespace turnkey::testing
