// SPDX-License-Identifier: Apache-2.0
#include "outbound/bus_presses.hpp"

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::size_t kWaiting = 2000;
constexpr auto kGiveUp = std::chrono::minutes(10);
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr std::chrono::milliseconds kAnswer{2000};

}  // namespace

void BusPresses::start() {
  thread_ = std::thread([this] { run(); });
}

void BusPresses::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void BusPresses::announce(const Announcement& announcement) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaiting) {
    service::log_error("a press could not be announced in time",
                       {{"provisioning_id", waiting_.front().announcement.provisioning_id}});
    waiting_.pop_front();
  }
  waiting_.push_back({announcement, std::chrono::steady_clock::now()});
  changed_.notify_all();
}

std::size_t BusPresses::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void BusPresses::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool done = publish(first.announcement);
    const auto took = std::chrono::steady_clock::now() - first.since;
    if (done) delivered_(std::chrono::duration<double>(took).count());
    lock.lock();
    if (done || took > kGiveUp) continue;
    if (stopping_) return;
    waiting_.push_front(std::move(first));
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

bool BusPresses::publish(const Announcement& announcement) {
  const auto provisioning = core::ProvisioningId::parse(announcement.provisioning_id);
  if (!provisioning) return true;
  const Press& press = announcement.press;
  bus::Publication publication;
  publication.topic = contracts::topics::press(*provisioning);
  publication.payload = contracts::to_json(contracts::Press{press.id(), press.at, press.count}).dump();
  return client_.publish_and_wait(publication, kAnswer);
}

}  // namespace turnkey::ingest
