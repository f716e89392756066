// SPDX-License-Identifier: Apache-2.0
#include "outbound/sync_devices.hpp"

#include "outbound/pg_devices.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

constexpr auto kRound = std::chrono::seconds(1);
constexpr auto kLoad = std::chrono::seconds(5);
constexpr auto kRepair = std::chrono::minutes(5);
constexpr std::size_t kPage = 500;
constexpr std::chrono::milliseconds kAnswer{1500};

}  // namespace

SyncDevices::SyncDevices(pg::Pool& pool, bus::RpcCaller& registry, KnownDevices& devices)
    : pool_(pool), registry_(registry), devices_(devices) {}
SyncDevices::~SyncDevices() { stop(); }

void SyncDevices::start() {
  thread_ = std::thread([this] { run(); });
}

void SyncDevices::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void SyncDevices::ask_soon() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
}

void SyncDevices::database_ready() {
  std::unique_lock lock(mutex_);
  database_ready_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, kLoad, [this] { return stopping_ || loaded_; });
}

void SyncDevices::run() {
  auto next_repair = std::chrono::steady_clock::now() + kRepair;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kRound, [this] { return stopping_ || database_ready_; });
  while (!stopping_) {
    const bool ready = database_ready_;
    const bool wanted = wanted_ || std::chrono::steady_clock::now() >= next_repair;
    wanted_ = false;
    lock.unlock();
    if (ready) load();
    const bool asked = !wanted || ask();
    if (wanted && asked) next_repair = std::chrono::steady_clock::now() + kRepair;
    if (loaded_) save();
    lock.lock();
    wanted_ = wanted_ || !asked;
    changed_.wait_for(lock, kRound, [&] { return stopping_ || database_ready_ != ready; });
  }
}

void SyncDevices::load() {
  if (loaded_) return;
  try {
    load_devices(pool_, devices_);
    next_revision_ = std::max(next_revision_, load_sync_revision(pool_));
    const std::lock_guard lock(mutex_);
    loaded_ = true;
    changed_.notify_all();
  } catch (const std::exception& error) {
    service::log_warning("the known devices could not be loaded", {{"reason", error.what()}});
  }
}

// Pages until there are no more. False: try again.
bool SyncDevices::ask() {
  const auto asked = std::chrono::steady_clock::now();
  try {
    while (ask_page()) {
      const std::lock_guard lock(mutex_);
      if (stopping_) return true;
    }
    answered_ = asked;
    return true;
  } catch (const std::exception& error) {
    service::log_debug("the registry was asked in vain", {{"reason", error.what()}});
    return false;
  }
}

bool SyncDevices::ask_page() {
  const auto answer = registry_.call("registry", "sync_devices",
                                     {{"afterRevision", next_revision_}, {"limit", kPage}}, "", kAnswer);
  if (!answer) throw std::runtime_error(answer.error().message);
  contracts::ObjectReader in(*answer);
  const auto next = in.integer("nextRevision", 0, INT64_MAX);
  const bool more = in.boolean("more");
  const contracts::Json* items = in.array("items", 100'000);
  if (!in.ok()) throw std::runtime_error(in.error().message);
  for (const auto& item : *items) {
    if (const auto event = contracts::decode_device_event(item)) devices_.learn(*event);
  }
  // The devices first: what is not saved is asked for again after a restart.
  if (loaded_ && save()) save_sync_revision(pool_, next);
  const bool moved = next > next_revision_;
  next_revision_ = std::max(next_revision_, next);
  return more && moved;
}

bool SyncDevices::save() {
  for (auto rows = devices_.unsaved(kPage); !rows.empty(); rows = devices_.unsaved(kPage)) {
    try {
      save_devices(pool_, rows);
    } catch (const std::exception& error) {
      devices_.save_again(rows);
      service::log_warning("devices could not be saved", {{"reason", error.what()}});
      return false;
    }
  }
  return true;
}

}  // namespace turnkey::ingest
