// SPDX-License-Identifier: Apache-2.0
// How long a press takes from the device to the browser's side of a running installation.
#pragma once

#include <string>

#include "samples.hpp"
#include "support/installation.hpp"

namespace turnkey::bench {

inline constexpr auto kDeadline = std::chrono::seconds(10);  // of everything that is waited for

struct Probe {
  const tests::Installation& installation;
  const tests::User& user;
  const tests::DeviceKeys& device;
  bus::Client& publisher;  // the device's connection
  std::string topic() const { return "devices/" + device.id + "/state"; }
};

// From the publish to a subscriber of the same broker.
Samples raw(const Probe& bench, int count);
// From the publish to the server-sent event of the window that is open on the device.
Samples presses(const Probe& bench, int count);

}  // namespace turnkey::bench
