// SPDX-License-Identifier: Apache-2.0
#include "inbound/presence.hpp"

#include <utility>
#include <vector>

#include "contracts/topics.hpp"
#include "outbound/integration_events.hpp"
#include "outbound/pg_devices.hpp"
#include "service/log.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kGather = std::chrono::milliseconds(50);
constexpr auto kRetry = std::chrono::seconds(1);
constexpr std::size_t kAtOnce = 1000;  // devices in one transaction

}  // namespace

PresenceFollower::PresenceFollower(bus::Client& client, const Context& context) : context_(context) {
  client.subscribe(std::string(contracts::topics::kPresenceAll), 1,
                   [this](const bus::Message& message) { on_message(message); });
}

PresenceFollower::~PresenceFollower() { stop(); }

void PresenceFollower::start() {
  thread_ = std::thread([this] { loop(); });
}

void PresenceFollower::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PresenceFollower::on_message(const bus::Message& message) {
  if (message.payload.empty()) return;
  if (message.topic == contracts::topics::kPresenceBroker) {
    const auto boot = contracts::decode_broker_boot(message.payload);
    if (!boot) return;
    const std::lock_guard lock(mutex_);
    boot_id_ = boot->boot_id;
  } else {
    auto presence = contracts::decode_presence(message.payload);
    if (!presence) return;
    const std::lock_guard lock(mutex_);
    pending_.insert_or_assign(presence->device_id, std::move(*presence));
  }
  changed_.notify_all();
}

void PresenceFollower::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty() || boot_id_; });
    const bool last = stopping_;
    if (!last) changed_.wait_for(lock, kGather, [this] { return stopping_; });  // others of the same moment
    lock.unlock();
    const bool written = write_pending();
    lock.lock();
    if (last || stopping_) return;
    if (!written) changed_.wait_for(lock, kRetry, [this] { return stopping_; });
  }
}

bool PresenceFollower::write_pending() {
  std::map<core::DeviceId, contracts::Presence> pending;
  std::optional<std::string> boot_id;
  {
    const std::lock_guard lock(mutex_);
    pending = std::exchange(pending_, {});
    boot_id = std::exchange(boot_id_, std::nullopt);
  }
  try {
    do {
      write_some(pending, boot_id);
    } while (!pending.empty());
    return true;
  } catch (const std::exception& error) {
    service::log_warning("presence waits for the database",
                         {{"reason", error.what()}, {"devices", pending.size()}});
    const std::lock_guard lock(mutex_);
    pending_.merge(pending);  // what came meanwhile is newer and stays
    if (!boot_id_) boot_id_ = boot_id;
    return false;
  }
}

// What is written is taken out. In small transactions: after a restart all devices are told at once, to every
// replica.
void PresenceFollower::write_some(std::map<core::DeviceId, contracts::Presence>& pending,
                                  std::optional<std::string>& boot_id) {
  std::vector<contracts::Presence> some;
  auto end = pending.begin();
  for (; end != pending.end() && some.size() < kAtOnce; ++end) some.push_back(end->second);
  const bool told = context_.pool.transaction([&](pqxx::work& tx) {
    // The broker says it again when we connect: not worth a flush to the disk.
    tx.exec("set local synchronous_commit to off");
    if (boot_id) pg_devices::write_boot(tx, *boot_id);
    return events::presence_changed(tx, pg_devices::write_presences(tx, some), context_.clock.now());
  });
  if (told) context_.wake_relay();
  pending.erase(pending.begin(), end);
  boot_id.reset();
}

}  // namespace turnkey::registry
