// SPDX-License-Identifier: Apache-2.0
// Commands for devices that are away. One waits only when its sender said how long it stays valid; Mosquitto
// stores whatever it may, so it is told "no" for the others. It asks who may receive a command at two times:
//
//   a command arrives ------> for each session: connected: yes. Away: only when it may wait.
//   a device comes back ----> for each command that its session still holds, stored or sent without an answer
//                             before the connection broke: only when one with a time was for this device, by
//                             the same key, and is not over. So nothing that one owner sent reaches the next
//                             one: their keys differ.
//
// Mosquitto itself drops what is over while it waits (message expiry). Not thread safe.
#pragma once

#include <chrono>
#include <optional>
#include <unordered_map>

#include "domain/presence_map.hpp"

namespace turnkey::broker {

class WaitingCommands {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr int kMostOfADevice = 100;  // that wait since it was last here

  // A command is being handed out; who may receive it is asked next.
  void arrives(std::optional<std::chrono::seconds> valid_for);
  // The device has logged in; what its session holds is asked about next.
  void comes_back(ClientHandle client, const DeviceId& device);

  struct Receiver {
    ClientHandle client = nullptr;
    bool connected = false;
    DeviceId device;
    AccessKey key;
  };
  bool may_receive(const Receiver& receiver, Instant now);
  void forget_over(Instant now);
  std::size_t devices() const { return waiting_.size(); }

 private:
  bool may_take_new(const Receiver& receiver, Instant now);
  bool may_take_kept(const Receiver& receiver, Instant now) const;

  struct Waiting {
    AccessKey key;
    Instant until;
    int count = 0;
  };
  std::unordered_map<DeviceId, Waiting> waiting_;
  std::optional<std::chrono::seconds> valid_for_;  // of the command that arrives
  ClientHandle coming_back_ = nullptr;
};

}  // namespace turnkey::broker
