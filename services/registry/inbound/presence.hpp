// SPDX-License-Identifier: Apache-2.0
// Follows presence/+ into the database, and tells integrations who came and went. Only the newest presence of
// a device matters, so what waits is bounded by the number of devices; it is written in batches, and kept
// while the database is away. Thread safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bus/client.hpp"
#include "contracts/messages.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

class PresenceFollower {
 public:
  PresenceFollower(bus::Client& client, const Context& context);
  ~PresenceFollower();
  void start();
  void stop();  // writes what waits, once

 private:
  void on_message(const bus::Message& message);
  void loop();
  bool write_pending();
  void write_some(std::map<core::DeviceId, contracts::Presence>& pending,
                  std::optional<std::string>& boot_id);

  const Context& context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<core::DeviceId, contracts::Presence> pending_;
  std::optional<std::string> boot_id_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace turnkey::registry
