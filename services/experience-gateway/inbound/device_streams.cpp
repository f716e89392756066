// SPDX-License-Identifier: Apache-2.0
#include "inbound/device_streams.hpp"

#include <algorithm>
#include <utility>

#include "inbound/patience.hpp"
#include "service/log.hpp"

namespace turnkey::gateway {
namespace {

namespace topics = contracts::topics;
using contracts::Json;

constexpr std::size_t kRecentReports = 64;
// Something may be missing: ask for the state.
const http::Event kResync = {"", "resync", "{}"};
constexpr std::size_t kMostHeld = 256;  // events of one stream in doubt; with more it is told to ask
// A phone that slept or changed networks is back within a minute; who comes later asks for the state anyway.
constexpr std::chrono::seconds kKeptAfterLeaving{60};
constexpr std::size_t kMostLeft = 500;  // devices that are kept for somebody who may come back

RecentEvent state_event(const contracts::StateReport& report, core::Timestamp received,
                        const std::string& id) {
  Json data = Json::object();
  for (const auto& reading : report.readings) data[reading.attribute] = contracts::to_json(reading.value);
  const Json body = {{"time", core::to_iso(report.time)}, {"data", data}};
  return {received, report.time, id + "." + std::to_string(report.index),
          body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

bool hidden(const WatchedDevice& device, const RecentEvent& event) {
  return device.visible_since && std::min(event.received, event.time) < *device.visible_since;
}

}  // namespace

WatchedDevice watched_device(const Json& reply) {
  WatchedDevice device;
  const Json& body = reply.at("device");
  device.id = core::DeviceId::trusted(body.at("deviceId").get<std::string>());
  device.serial = body.at("serial").get<std::string>();
  device.attributes = contracts::attributes_from_own_json(reply.at("recipe").at("attributes"));
  if (const Json& since = reply.at("visibleSince"); since.is_string())
    device.visible_since = core::from_iso(since.get_ref<const std::string&>());
  return device;
}

DeviceStreams::DeviceStreams(bus::Client& client, const service::Settings& settings, Services& services,
                             const Access& access, bus::Worker& worker, const core::Clock& clock)
    : client_(client),
      roots_(settings.roots),
      broker_(settings.broker),
      clock_(clock),
      services_(services),
      access_(access),
      worker_(worker) {
  client_.subscribe(std::string(topics::kPresenceBroker), 1,
                    [this](const bus::Message& message) { on_boot(message); });
  client_.subscribe(std::string(topics::kDeviceEventsAll), 1,
                    [this](const bus::Message& message) { on_device_event(message); });
}

void DeviceStreams::open(const std::shared_ptr<http::EventStream>& stream, const WatchedDevice& device,
                         const Session& session, const std::string& last_event) {
  // Topics are subscribed and given up under the lock, so that they agree with the watchers.
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_id_++;
  stream->on_closed([this, device = device.id, id] { closed(device, id); });
  const auto [known, is_new] = by_device_.try_emplace(device.id);
  auto& topic = known->second;
  if (is_new) follow(device.id);
  if (!is_new && topic.watchers.empty()) --left_;
  topic.left_at.reset();
  auto& watcher = topic.watchers.emplace(id, Watcher{stream, device, session.reader()}).first->second;
  topic.attributes = std::exchange(watcher.device.attributes, {});
  watcher.presence_held = topic.presence_known;
  if (!last_event.empty()) resume(topic, watcher, last_event);
  // Between the question that led here and now the owner may have changed.
  doubt(device.id, id, watcher);
}

// What came meanwhile is held back like all that comes while the right is in doubt.
void DeviceStreams::resume(const Topic& topic, Watcher& watcher, const std::string& last_event) const {
  const auto missed = topic.recent.after(last_event);
  if (!missed) return watcher.stream->send(kResync);
  watcher.held = *missed;
}

void DeviceStreams::follow(const core::DeviceId& device) {
  for (const auto& root : roots_.names)
    client_.subscribe(topics::state(root, device), 1,
                      [this](const bus::Message& message) { on_state(message); });
  client_.subscribe(topics::presence(device), 1,
                    [this](const bus::Message& message) { on_presence(message); });
}

void DeviceStreams::forget(std::map<core::DeviceId, Topic>::iterator topic) {
  const core::DeviceId device = topic->first;
  by_device_.erase(topic);
  for (const auto& root : roots_.names) client_.unsubscribe(topics::state(root, device));
  client_.unsubscribe(topics::presence(device));
}

void DeviceStreams::closed(const core::DeviceId& device, std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(device);
  if (it == by_device_.end() || it->second.watchers.erase(id) == 0 || !it->second.watchers.empty()) return;
  if (left_ >= kMostLeft) return forget(it);
  ++left_;
}

void DeviceStreams::forget_left(core::Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (auto it = by_device_.begin(); it != by_device_.end();) {
    const auto topic = it++;
    if (!topic->second.watchers.empty()) continue;
    const auto left_at = topic->second.left_at.value_or(now);
    topic->second.left_at = left_at;
    if (now - left_at < kKeptAfterLeaving) continue;
    --left_;
    forget(topic);
  }
}

contracts::ReportStamp DeviceStreams::stamp_of(const bus::Message& message) {
  return contracts::stamp_of(
      broker_,
      {message.topic, message.payload, message.user_property(contracts::kPropertyReportId),
       message.user_property(contracts::kPropertyReportTime), clock_.now(), std::to_string(arrivals_++)});
}

void DeviceStreams::on_state(const bus::Message& message) {
  const auto device = topics::device_of_state(message.topic, roots_);
  if (!device) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(*device);
  if (it == by_device_.end()) return;
  const auto [id, received, by] = stamp_of(message);
  if (by == contracts::StampedBy::nobody) return;
  auto& recent = it->second.recent_reports;
  if (std::find(recent.begin(), recent.end(), id) != recent.end()) return;
  recent.push_back(id);
  if (recent.size() > kRecentReports) recent.erase(recent.begin());
  const auto parsed = contracts::parse_state_message(message.payload, it->second.attributes, received);
  for (const auto& report : parsed.reports) {
    const auto event = state_event(report, received, id);
    it->second.recent.add(event);
    for (auto& [number, watcher] : it->second.watchers) show(watcher, event);
  }
}

void DeviceStreams::show(Watcher& watcher, const RecentEvent& event) {
  if (hidden(watcher.device, event)) return;
  if (!watcher.in_doubt) return watcher.stream->send({event.id, "state", event.data});
  watcher.held.push_back(event);
  if (watcher.held.size() <= kMostHeld) return;
  watcher.held.clear();
  watcher.resync_held = true;
}

void DeviceStreams::send_presence(const Topic& topic, Watcher& watcher) const {
  watcher.presence_held = watcher.in_doubt;
  if (watcher.in_doubt) return;
  const bool connected = topic.presence.connected && (boot_id_.empty() || topic.presence.boot_id == boot_id_);
  // When it connected before the hand-over is the former owner's.
  const auto at = std::max(topic.presence.at, watcher.device.visible_since.value_or(topic.presence.at));
  const Json body = {{"connected", connected}, {"at", core::to_iso(at)}};
  // Whoever saw this has seen the newest report too: the stream goes on after that one.
  const auto newest = topic.recent.newest_id();
  watcher.stream->send(
      {newest.empty() ? "p" + std::to_string(core::to_epoch_ms(at)) : newest, "presence", body.dump()});
}

void DeviceStreams::on_presence(const bus::Message& message) {
  if (message.payload.empty()) return;
  const auto presence = contracts::decode_presence(message.payload);
  if (!presence) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(presence->device_id);
  if (it == by_device_.end()) return;
  it->second.presence = *presence;
  it->second.presence_known = true;
  for (auto& [number, watcher] : it->second.watchers) send_presence(it->second, watcher);
}

void DeviceStreams::on_boot(const bus::Message& message) {
  const auto boot = contracts::decode_broker_boot(message.payload);
  if (!boot) return;
  const std::lock_guard lock(mutex_);
  if (boot_id_ == boot->boot_id) return;
  boot_id_ = boot->boot_id;
  // Either way: a presence of this boot that came before it was shown as not connected.
  for (auto& [device, topic] : by_device_) {
    if (!topic.presence_known) continue;
    for (auto& [number, watcher] : topic.watchers) send_presence(topic, watcher);
  }
}

void DeviceStreams::on_device_event(const bus::Message& message) {
  const auto device = topics::device_of_event(message.topic);
  if (!device) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(*device);
  if (it == by_device_.end()) return;
  for (auto& [number, watcher] : it->second.watchers) doubt(*device, number, watcher);
}

template <typename Which>
void DeviceStreams::doubt_where(const Which& which) {
  for (auto& [device, topic] : by_device_) {
    for (auto& [number, watcher] : topic.watchers)
      if (which(watcher.reader)) doubt(device, number, watcher);
  }
}

void DeviceStreams::user_changed(const core::UserId& user) {
  const std::lock_guard lock(mutex_);
  doubt_where([&](const Reader& reader) { return reader.user_id == user; });
}

void DeviceStreams::check_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [device, topic] : by_device_) {
    topic.recent = {};
    for (auto& [number, watcher] : topic.watchers) watcher.stream->send(kResync);
  }
  doubt_where([](const Reader&) { return true; });
}

void DeviceStreams::check_ended_sessions(core::Timestamp now) {
  const std::lock_guard lock(mutex_);
  doubt_where([&](const Reader& reader) { return reader.expires_at <= now; });
}

void DeviceStreams::doubt(const core::DeviceId& device, std::uint64_t id, Watcher& watcher) {
  watcher.in_doubt = true;
  if (watcher.check_queued) return;
  watcher.check_queued = true;
  worker_.push_always([this, device, id] { check(device, id); });
}

DeviceStreams::Watcher* DeviceStreams::find(const core::DeviceId& device, std::uint64_t id) {
  const auto it = by_device_.find(device);
  if (it == by_device_.end()) return nullptr;
  const auto watcher = it->second.watchers.find(id);
  return watcher == it->second.watchers.end() ? nullptr : &watcher->second;
}

core::Result<WatchedDevice> DeviceStreams::ask(const std::string& token, const core::DeviceId& device,
                                               const std::string& serial) const {
  return ask_patiently(stopping_, [&]() -> core::Result<WatchedDevice> {
    const auto session = access_.session_by_token(token);
    if (!session) return session.error();
    const auto reply = services_.registry("get_device", acting(session->user_id, {{"serial", serial}}));
    if (!reply) return reply.error();
    auto seen = watched_device(*reply);
    if (seen.id != device) return core::not_found();
    return seen;
  });
}

void DeviceStreams::check(const core::DeviceId& device, std::uint64_t id) {
  std::string token;
  std::string serial;
  {
    const std::lock_guard lock(mutex_);
    Watcher* watcher = find(device, id);
    if (watcher == nullptr) return;
    watcher->check_queued = false;
    token = watcher->reader.token;
    serial = watcher->device.serial;
  }
  auto seen = ask(token, device, serial);
  const std::lock_guard lock(mutex_);
  Watcher* watcher = find(device, id);
  if (watcher == nullptr) return;
  // Also when the registry stays away: a right that cannot be proven is none. The page opens the stream
  // again.
  if (!seen) return watcher->stream->finish();
  settle(by_device_.at(device), *watcher, std::move(*seen));
}

void DeviceStreams::settle(Topic& topic, Watcher& watcher, WatchedDevice seen) {
  watcher.device = std::move(seen);
  topic.attributes = std::exchange(watcher.device.attributes, {});  // the recipe may have been rolled out
  if (watcher.check_queued) return;                                 // something happened since it was asked
  watcher.in_doubt = false;
  if (std::exchange(watcher.resync_held, false)) watcher.stream->send(kResync);
  for (const auto& event : watcher.held)
    if (!hidden(watcher.device, event)) watcher.stream->send({event.id, "state", event.data});
  std::vector<RecentEvent>().swap(watcher.held);  // its memory too: most streams hold nothing back
  if (watcher.presence_held) send_presence(topic, watcher);
}

}  // namespace turnkey::gateway
