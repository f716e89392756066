// SPDX-License-Identifier: Apache-2.0
// Open event streams of devices: live values and presence, for those who may see the device, as long as they
// may. The topics of a device are subscribed while somebody watches it. Whatever could end a right (its
// owner, its user, a lost connection) has the registry asked again, on a thread of its own. Thread safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "bus/worker.hpp"
#include "contracts/messages.hpp"
#include "contracts/state_report.hpp"
#include "contracts/topics.hpp"
#include "http/server.hpp"
#include "inbound/access.hpp"
#include "outbound/services.hpp"

namespace turnkey::gateway {

// What the registry said about a device and its reader.
struct WatchedDevice {
  core::DeviceId id;
  std::string serial;
  contracts::Attributes attributes;
  std::optional<core::Timestamp> visible_since;
};
WatchedDevice watched_device(const contracts::Json& get_device_reply);

class DeviceStreams {
 public:
  DeviceStreams(bus::Client& client, const contracts::topics::Roots& roots, Services& services,
                const Access& access, bus::Worker& worker);
  void open(const std::shared_ptr<http::EventStream>& stream, const WatchedDevice& device,
            const Session& session);
  void user_changed(const core::UserId& user);
  void check_all();  // after events may have been missed
  std::size_t count() const;

 private:
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;
    WatchedDevice device;
    Session session;
  };
  struct Topic {  // a device that somebody watches
    std::map<std::uint64_t, Watcher> watchers;
    std::deque<std::string> recent_reports;  // a replay is not shown twice
    bool presence_known = false;
    contracts::Presence presence;
  };
  void follow(const core::DeviceId& device);
  void unfollow(const core::DeviceId& device);
  void closed(const core::DeviceId& device, std::uint64_t id);
  void on_state(const bus::Message& message);
  void on_presence(const bus::Message& message);
  void on_boot(const bus::Message& message);
  void on_device_event(const bus::Message& message);
  void check(const core::DeviceId& device, std::uint64_t id);
  void check_later(const core::DeviceId& device, std::uint64_t id);
  void send_presence(const Topic& topic, const Watcher& watcher) const;

  bus::Client& client_;
  const contracts::topics::Roots roots_;
  Services& services_;
  const Access& access_;
  bus::Worker& worker_;
  mutable std::mutex mutex_;
  std::map<core::DeviceId, Topic> by_device_;
  std::string boot_id_;
  std::uint64_t next_id_ = 1;
};

}  // namespace turnkey::gateway
