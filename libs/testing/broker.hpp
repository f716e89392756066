// SPDX-License-Identifier: Apache-2.0
// A real Mosquitto with Turnkey's plugin (path in TURNKEY_PLUGIN), on a free loopback port in a temporary
// folder.
#pragma once

#include <memory>
#include <string>

#include "bus/client.hpp"

namespace turnkey::testing {

struct BrokerOptions {
  std::string database;     // libpq string for the credentials view; "" when no device connects in this test
  bool with_plugin = true;  // false: a plain broker that lets everybody in, for tests of libs/bus alone
  std::string plugin_settings{};  // more plugin_opt_ lines
};

class Broker {
 public:
  explicit Broker(BrokerOptions options = {});
  ~Broker();  // kills and removes the folder
  int port() const;
  std::string folder() const;
  std::string log() const;
  int pid() const;
  void kill_now();     // kill -9
  void start_again();  // on the same port and folder
  // Options for a service ("registry", ...) or for a device; with generated passwords that the broker knows.
  bus::Options service(const std::string& name, const std::string& instance = "test") const;
  bus::Options device(const std::string& device_id, const std::string& access_key,
                      const std::string& secret) const;

 private:
  struct Process;
  std::unique_ptr<Process> process_;
};

}  // namespace turnkey::testing
