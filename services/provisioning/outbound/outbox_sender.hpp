// SPDX-License-Identifier: Apache-2.0
// Sends the lines of the outbox: windows, statuses, commands to blink and ledger lines. Runs on the relay's
// thread alone.
#pragma once

#include <chrono>

#include "bus/rpc.hpp"
#include "outbound/bus_announcer.hpp"
#include "pg/outbox.hpp"

namespace turnkey::provisioning {

class OutboxSender {
 public:
  OutboxSender(BusAnnouncer& announcer, bus::RpcCaller& caller, const core::Clock& clock)
      : announcer_(announcer), caller_(caller), clock_(clock) {}
  bool send(const pg::OutboxEntry& entry);  // true: done with it

 private:
  bool append_to_ledger(const pg::OutboxEntry& entry);
  bool blink(const pg::OutboxEntry& entry);

  BusAnnouncer& announcer_;
  bus::RpcCaller& caller_;
  const core::Clock& clock_;
  // A registry that is away must not hold up what is for others.
  std::chrono::steady_clock::time_point ledger_rests_until_{};
};

}  // namespace turnkey::provisioning
