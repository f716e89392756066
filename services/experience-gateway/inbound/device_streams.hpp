// SPDX-License-Identifier: Apache-2.0
// Open event streams of devices: live values and presence, for those who may see the device, as long as they
// may. The topics of a device are subscribed while somebody watches it and a minute longer: who is back by
// then goes on after the event he saw last, and who cannot is told `resync`. Thread safe.
//
// Whatever could end a right (the device's owner, its user, the session's end, a lost connection) puts the
// stream in doubt: the registry is asked again on a thread of its own, and what comes meanwhile is held back.
// It is sent when the right still holds, cut to what the reader may see then, and dropped when it does not.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "bus/worker.hpp"
#include "contracts/messages.hpp"
#include "contracts/report_stamp.hpp"
#include "contracts/state_report.hpp"
#include "contracts/topics.hpp"
#include "domain/recent_events.hpp"
#include "http/server.hpp"
#include "inbound/access.hpp"
#include "outbound/services.hpp"
#include "service/settings.hpp"

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
  DeviceStreams(bus::Client& client, const service::Settings& settings, Services& services,
                const Access& access, bus::Worker& worker, const core::Clock& clock);
  // `last_event` is the id of the event that this reader saw last, "" when this is the first time.
  void open(const std::shared_ptr<http::EventStream>& stream, const WatchedDevice& device,
            const Session& session, const std::string& last_event);
  void user_changed(const core::UserId& user);
  void check_all();  // after events may have been missed: says so
  void check_ended_sessions(core::Timestamp now);
  void forget_left(core::Timestamp now);  // devices that nobody watches any more
  void stop() { stopping_ = true; }       // checks that wait for a service give up

 private:
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;
    WatchedDevice device;  // without the attributes: they are the topic's
    Reader reader;
    bool in_doubt = false;
    bool check_queued = false;  // and not begun: one is enough, however many events come
    bool presence_held = false;
    bool resync_held = false;  // more came than could be held back
    std::vector<RecentEvent> held{};
  };
  struct Topic {  // a device that somebody watches, or did a moment ago
    std::map<std::uint64_t, Watcher> watchers;
    std::optional<core::Timestamp> left_at;  // found without a watcher then
    RecentEvents recent;
    contracts::Attributes attributes;         // the device's own: the same for all who watch it
    std::vector<std::string> recent_reports;  // a replay is not shown twice
    bool presence_known = false;
    contracts::Presence presence;
  };
  void follow(const core::DeviceId& device);
  void forget(std::map<core::DeviceId, Topic>::iterator topic);
  void closed(const core::DeviceId& device, std::uint64_t id);
  void on_state(const bus::Message& message);
  contracts::ReportStamp stamp_of(const bus::Message& message);  // with the lock held
  void on_presence(const bus::Message& message);
  void on_boot(const bus::Message& message);
  void on_device_event(const bus::Message& message);

  // These are called with the lock held.
  template <typename Which>
  void doubt_where(const Which& which);
  void doubt(const core::DeviceId& device, std::uint64_t id, Watcher& watcher);
  void settle(Topic& topic, Watcher& watcher, WatchedDevice seen);
  void show(Watcher& watcher, const RecentEvent& event);
  void resume(const Topic& topic, Watcher& watcher, const std::string& last_event) const;
  void send_presence(const Topic& topic, Watcher& watcher) const;
  Watcher* find(const core::DeviceId& device, std::uint64_t id);

  void check(const core::DeviceId& device, std::uint64_t id);
  core::Result<WatchedDevice> ask(const std::string& token, const core::DeviceId& device,
                                  const std::string& serial) const;

  bus::Client& client_;
  const contracts::topics::Roots roots_;
  const contracts::BrokerKind broker_;
  const core::Clock& clock_;
  std::uint64_t arrivals_ = 0;
  Services& services_;
  const Access& access_;
  bus::Worker& worker_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<core::DeviceId, Topic> by_device_;
  std::size_t left_ = 0;  // of these, without a watcher
  std::string boot_id_;
  std::uint64_t next_id_ = 1;
};

}  // namespace turnkey::gateway
