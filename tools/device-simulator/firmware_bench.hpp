// SPDX-License-Identifier: Apache-2.0
// A bench for firmware: plays the broker for one device, without TLS, and watches what it does. First it
// takes everything, then it waits for a press, then it refuses some logins to see how long the device waits.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/ruling.hpp"

namespace turnkey::simulator {

struct BenchSettings {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: a free one
  std::string root = "devices";
  std::string register_attribute = "register_button";
  std::chrono::seconds watch{30};     // once it has connected
  std::chrono::seconds press{60};     // for the press; 0: that rule is not checked
  std::chrono::seconds refuse{120};   // for the refused logins; 0: that rule is not checked
  std::chrono::seconds connect{300};  // for the first connection
  std::function<void(int port)> listening = [](int) {};
  std::function<void(const std::string&)> say = [](const std::string&) {};  // to who sits at the bench
};

// `unavailable` when the port cannot be had.
core::Result<std::vector<Ruling>> watch_firmware(const BenchSettings& settings);

}  // namespace turnkey::simulator
