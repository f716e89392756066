// SPDX-License-Identifier: Apache-2.0
// Tells the other services: windows (retained) and statuses, and commands to devices. Thread safe.
//
// Windows are read from the database under a lock of this object and handed to the connection before it is
// released, so that of two publications of this process the later one is the newer one.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "bus/client.hpp"
#include "contracts/topics.hpp"
#include "outbound/pg_store.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

class BusAnnouncer final : public Announcer {
 public:
  // `wake_relay` is called after each announcement: what was committed waits in the outbox.
  BusAnnouncer(bus::Client& client, PgStore& store, contracts::topics::Roots roots,
               std::function<void()> wake_relay);

  void announce(const Changes& changes) noexcept override;
  bool identify(const core::DeviceId& device, int blinks, core::Timestamp now) override;

  // The device's windows as the database has them now. `wait`: until the broker has them.
  bool publish_windows(const core::DeviceId& device, bool wait);
  bool publish_status(const core::ProvisioningId& id, const std::string& payload, bool wait);
  // What the person at the screen shall count, unless it was asked for anew since, or answered, or too long
  // ago: then there is nothing to do and it is done.
  bool publish_blink(const core::ProvisioningId& id, core::Timestamp asked_at, core::Timestamp now);

 private:
  bool tell_to_blink(const core::DeviceId& device, int blinks, core::Timestamp asked_at,
                     std::chrono::seconds expiry, bool wait);
  bool publish(const bus::Publication& publication, bool wait);

  bus::Client& client_;
  PgStore& store_;
  const contracts::topics::Roots roots_;
  const std::function<void()> wake_relay_;
  std::array<std::mutex, 16> by_device_;
};

}  // namespace turnkey::provisioning
