// SPDX-License-Identifier: Apache-2.0
#include "inbound/device_streams.hpp"

#include <algorithm>
#include <charconv>

#include "service/log.hpp"

namespace turnkey::gateway {
namespace {

namespace topics = contracts::topics;
using contracts::Json;

constexpr std::size_t kRecentReports = 64;
constexpr int kChecks = 3;  // a registry that is away does not end streams at once

std::optional<core::Timestamp> received_at(const bus::Message& message) {
  const auto stamp = message.user_property(contracts::kPropertyReportTime);
  std::int64_t ms = 0;
  if (!stamp || std::from_chars(stamp->data(), stamp->data() + stamp->size(), ms).ec != std::errc())
    return std::nullopt;
  return core::from_epoch_ms(ms);
}

http::Event state_event(const contracts::StateReport& report, const std::string& id) {
  Json data = Json::object();
  for (const auto& reading : report.readings) data[reading.attribute] = contracts::to_json(reading.value);
  const Json body = {{"time", core::to_iso(report.time)}, {"data", data}};
  return {id + "." + std::to_string(report.index), "state",
          body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

bool hidden(const WatchedDevice& device, core::Timestamp time) {
  return device.visible_since && time < *device.visible_since;
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

DeviceStreams::DeviceStreams(bus::Client& client, const topics::Roots& roots, Services& services,
                             const Access& access, bus::Worker& worker)
    : client_(client), roots_(roots), services_(services), access_(access), worker_(worker) {
  client_.subscribe(std::string(topics::kPresenceBroker), 1,
                    [this](const bus::Message& message) { on_boot(message); });
  client_.subscribe(std::string(topics::kDeviceEventsAll), 1,
                    [this](const bus::Message& message) { on_device_event(message); });
}

void DeviceStreams::open(const std::shared_ptr<http::EventStream>& stream, const WatchedDevice& device,
                         const Session& session) {
  bool first = false;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_id_++;
    auto& topic = by_device_[device.id];
    first = topic.watchers.empty();
    const auto& watcher = topic.watchers.emplace(id, Watcher{stream, device, session}).first->second;
    if (topic.presence_known) send_presence(topic, watcher);
  }
  stream->on_closed([this, device = device.id, id] { closed(device, id); });
  if (first) follow(device.id);
  // Between the question that led here and now the owner may have changed.
  check_later(device.id, id);
}

void DeviceStreams::follow(const core::DeviceId& device) {
  for (const auto& root : roots_.names)
    client_.subscribe(topics::state(root, device), 1,
                      [this](const bus::Message& message) { on_state(message); });
  client_.subscribe(topics::presence(device), 1,
                    [this](const bus::Message& message) { on_presence(message); });
}

void DeviceStreams::unfollow(const core::DeviceId& device) {
  for (const auto& root : roots_.names) client_.unsubscribe(topics::state(root, device));
  client_.unsubscribe(topics::presence(device));
}

void DeviceStreams::closed(const core::DeviceId& device, std::uint64_t id) {
  // Another may open the same device meanwhile: the lock is held, so that topics and watchers agree.
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(device);
  if (it == by_device_.end() || it->second.watchers.erase(id) == 0 || !it->second.watchers.empty()) return;
  by_device_.erase(it);
  unfollow(device);
}

void DeviceStreams::on_state(const bus::Message& message) {
  const auto device = topics::device_of_state(message.topic, roots_);
  const auto received = received_at(message);
  const auto id = message.user_property(contracts::kPropertyReportId);
  if (!device || !received || !id) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(*device);
  if (it == by_device_.end()) return;
  auto& recent = it->second.recent_reports;
  if (std::find(recent.begin(), recent.end(), *id) != recent.end()) return;
  recent.emplace_back(*id);
  if (recent.size() > kRecentReports) recent.pop_front();
  for (const auto& [number, watcher] : it->second.watchers) {
    if (hidden(watcher.device, *received)) continue;
    const auto parsed = contracts::parse_state_message(message.payload, watcher.device.attributes, *received);
    for (const auto& report : parsed.reports) {
      if (!hidden(watcher.device, report.time)) watcher.stream->send(state_event(report, std::string(*id)));
    }
  }
}

void DeviceStreams::send_presence(const Topic& topic, const Watcher& watcher) const {
  const bool connected = topic.presence.connected && (boot_id_.empty() || topic.presence.boot_id == boot_id_);
  const Json body = {{"connected", connected}, {"at", core::to_iso(topic.presence.at)}};
  watcher.stream->send({"p" + std::to_string(core::to_epoch_ms(topic.presence.at)), "presence", body.dump()});
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
  for (const auto& [number, watcher] : it->second.watchers) send_presence(it->second, watcher);
}

void DeviceStreams::on_boot(const bus::Message& message) {
  const auto boot = contracts::decode_broker_boot(message.payload);
  if (!boot) return;
  const std::lock_guard lock(mutex_);
  if (boot_id_ == boot->boot_id) return;
  boot_id_ = boot->boot_id;
  for (auto& [device, topic] : by_device_) {
    if (!topic.presence_known || topic.presence.boot_id == boot_id_) continue;
    for (const auto& [number, watcher] : topic.watchers) send_presence(topic, watcher);
  }
}

void DeviceStreams::on_device_event(const bus::Message& message) {
  const auto device = topics::device_of_event(message.topic);
  if (!device) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(*device);
  if (it == by_device_.end()) return;
  for (const auto& [number, watcher] : it->second.watchers) check_later(*device, number);
}

void DeviceStreams::user_changed(const core::UserId& user) {
  const std::lock_guard lock(mutex_);
  for (const auto& [device, topic] : by_device_) {
    for (const auto& [number, watcher] : topic.watchers)
      if (watcher.session.user_id == user) check_later(device, number);
  }
}

void DeviceStreams::check_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [device, topic] : by_device_)
    for (const auto& [number, watcher] : topic.watchers) check_later(device, number);
}

void DeviceStreams::check_later(const core::DeviceId& device, std::uint64_t id) {
  worker_.push_always([this, device, id] { check(device, id); });
}

void DeviceStreams::check(const core::DeviceId& device, std::uint64_t id) {
  Watcher watcher;
  {
    const std::lock_guard lock(mutex_);
    const auto it = by_device_.find(device);
    if (it == by_device_.end() || it->second.watchers.count(id) == 0) return;
    watcher = it->second.watchers.at(id);
  }
  core::Result<Json> reply = core::unavailable("");
  for (int attempt = 0; attempt < kChecks && !reply && reply.error().code == core::ErrorCode::unavailable;
       ++attempt) {
    const auto session = access_.session_by_token(watcher.session.token);
    reply = session ? services_.registry("get_device",
                                         acting(session->user_id, {{"serial", watcher.device.serial}}))
                    : core::Result<Json>(session.error());
  }
  // Also when the registry stays away: a right that cannot be proven is none. The page opens the stream
  // again.
  if (!reply || watched_device(*reply).id != device) return watcher.stream->finish();
  const std::lock_guard lock(mutex_);
  const auto it = by_device_.find(device);
  if (it == by_device_.end()) return;
  const auto current = it->second.watchers.find(id);
  if (current != it->second.watchers.end()) current->second.device = watched_device(*reply);
}

std::size_t DeviceStreams::count() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [device, topic] : by_device_) count += topic.watchers.size();
  return count;
}

}  // namespace turnkey::gateway
