// SPDX-License-Identifier: Apache-2.0
#include "domain/waiting_commands.hpp"

#include <algorithm>

namespace turnkey::broker {

void WaitingCommands::arrives(std::optional<std::chrono::seconds> valid_for) {
  coming_back_ = nullptr;
  valid_for_ = valid_for;
}

void WaitingCommands::comes_back(ClientHandle client, const DeviceId& device) {
  coming_back_ = client;
  const auto found = waiting_.find(device);
  if (found != waiting_.end()) found->second.count = 0;
}

bool WaitingCommands::may_receive(const Receiver& receiver, Instant now) {
  return coming_back_ == receiver.client && receiver.connected ? may_take_kept(receiver, now)
                                                               : may_take_new(receiver, now);
}

// One with a time is remembered for a connected device too: the connection may be dead and not know it yet.
bool WaitingCommands::may_take_new(const Receiver& receiver, Instant now) {
  if (!valid_for_) return receiver.connected;
  const Instant until = now + *valid_for_;
  const auto [at, added] = waiting_.try_emplace(receiver.device, Waiting{receiver.key, until});
  Waiting& waiting = at->second;
  if (waiting.key != receiver.key) waiting = {receiver.key, until};
  if (!receiver.connected && ++waiting.count > kMostOfADevice) return false;
  waiting.until = std::max(waiting.until, until);
  return true;
}

bool WaitingCommands::may_take_kept(const Receiver& receiver, Instant now) const {
  const auto found = waiting_.find(receiver.device);
  return found != waiting_.end() && found->second.key == receiver.key && now < found->second.until;
}

void WaitingCommands::forget_over(Instant now) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.until <= now; });
}

}  // namespace turnkey::broker
