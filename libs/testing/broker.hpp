// SPDX-License-Identifier: Apache-2.0
// A real Mosquitto that lets everybody in, on a free loopback port in a temporary folder, for tests of
// libs/bus alone. (The tests of services/broker start one with Turnkey's plugin.)
#pragma once

#include <memory>
#include <string>

#include "bus/client.hpp"

namespace turnkey::testing {

class OpenBroker {
 public:
  OpenBroker();
  ~OpenBroker();       // kills and removes the folder
  void kill_now();     // kill -9
  void start_again();  // on the same port
  void freeze();       // SIGSTOP: there, and silent
  void thaw();
  bus::Options client(const std::string& client_id) const;

 private:
  struct Process;
  std::unique_ptr<Process> process_;
};

}  // namespace turnkey::testing
