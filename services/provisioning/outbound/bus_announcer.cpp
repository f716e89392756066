// SPDX-License-Identifier: Apache-2.0
#include "outbound/bus_announcer.hpp"

#include "contracts/topics.hpp"
#include "messages.hpp"
#include "service/log.hpp"

namespace turnkey::provisioning {
namespace {

namespace topics = contracts::topics;
constexpr auto kSendTimeout = std::chrono::seconds(1);

}  // namespace

BusAnnouncer::BusAnnouncer(bus::Client& client, PgStore& store, topics::Roots roots,
                           std::function<void()> wake_relay)
    : client_(client), store_(store), roots_(std::move(roots)), wake_relay_(std::move(wake_relay)) {}

void BusAnnouncer::announce(const Changes& changes) noexcept {
  try {
    // Windows first: from then on presses are heard.
    if (!changes.told.empty()) publish_windows(changes.told.front().device.id, false);
    for (const auto& one : changes.told)
      publish_status(one.id, contracts::to_json(status_of(one)).dump(), false);
  } catch (const std::exception& error) {
    service::log_warning("a change is told by the outbox only", {{"reason", error.what()}});
  }
  wake_relay_();
}

bool BusAnnouncer::publish_windows(const core::DeviceId& device, bool wait) {
  const std::lock_guard lock(by_device_[std::hash<core::DeviceId>{}(device) % by_device_.size()]);
  bus::Publication publication;
  publication.topic = topics::windows(device);
  publication.payload = contracts::encode_windows(windows_of(device, store_.open_windows_of(device)));
  publication.retain = true;
  return publish(publication, wait);
}

bool BusAnnouncer::publish_status(const core::ProvisioningId& id, const std::string& payload, bool wait) {
  bus::Publication publication;
  publication.topic = topics::status(id);
  publication.payload = payload;
  return publish(publication, wait);
}

bool BusAnnouncer::publish_blink(const core::ProvisioningId& id, core::Timestamp asked_at,
                                 core::Timestamp now) {
  const auto window = store_.find(id);
  const auto left = std::chrono::ceil<std::chrono::seconds>(asked_at + contracts::kCommandExpiry - now);
  const bool stands = window && window->open() && window->blinking() && window->identified_at == asked_at;
  if (!stands || left <= left.zero()) return true;
  return tell_to_blink(window->device.id, window->blinks, asked_at, left, true);
}

bool BusAnnouncer::identify(const core::DeviceId& device, int blinks, core::Timestamp now) {
  return tell_to_blink(device, blinks, now, contracts::kCommandExpiry, false);
}

// Firmware listens under one of the roots; which one is not known here. A command that comes twice carries
// the same time.
bool BusAnnouncer::tell_to_blink(const core::DeviceId& device, int blinks, core::Timestamp asked_at,
                                 std::chrono::seconds expiry, bool wait) {
  bool told = true;
  for (const auto& root : roots_.names) {
    bus::Publication publication;
    publication.topic = topics::command(root, device);
    publication.payload = contracts::encode_command("identify", {{"times", blinks}}, asked_at);
    publication.expiry = expiry;
    publication.user.emplace_back(contracts::kPropertyValidFor, std::to_string(expiry.count()));
    told = publish(publication, wait) && told;
  }
  return told;
}

bool BusAnnouncer::publish(const bus::Publication& publication, bool wait) {
  if (!client_.connected()) return false;
  return wait ? client_.publish_and_wait(publication, kSendTimeout) : client_.publish(publication);
}

}  // namespace turnkey::provisioning
