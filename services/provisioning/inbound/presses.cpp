// SPDX-License-Identifier: Apache-2.0
#include "inbound/presses.hpp"

#include <algorithm>

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "service/log.hpp"
#include "usecases/accept_press.hpp"

namespace turnkey::provisioning {
namespace {

namespace topics = contracts::topics;
using Clock = std::chrono::steady_clock;

constexpr int kLanes = 4;
constexpr std::size_t kWaitingAtMost = 1000;  // in a lane; ingest is asked for what exceeds it
constexpr auto kBehind = std::chrono::milliseconds(250);
constexpr auto kDrain = std::chrono::seconds(2);
constexpr std::size_t kHeldAtMost = 1000;
constexpr auto kPatience = std::chrono::seconds(3);
constexpr auto kFirstPause = std::chrono::milliseconds(500);
constexpr auto kLongestPause = std::chrono::milliseconds(15'000);

std::string filter() { return topics::shared("provisioning", topics::kPressAll); }

}  // namespace

Presses::Presses(World& world, bus::Client& client) : world_(world), client_(client) {
  for (int i = 0; i < kLanes; ++i) {
    lanes_.push_back(std::make_unique<bus::Worker>(1, kWaitingAtMost));
    lanes_.back()->start();
  }
}

void Presses::subscribe() {
  client_.subscribe(filter(), 1, [this](const bus::Message& message) { on_press(message); });
}

void Presses::on_press(const bus::Message& message) {
  const auto id = topics::provisioning_of_press(message.topic);
  const auto press = contracts::decode_press(message.payload);
  if (!id || !press || message.retained) {
    service::log_warning("a press cannot be read", {{"topic", message.topic}});
    return;
  }
  std::unique_lock lock(mutex_);
  const auto since = waiting_.insert(Clock::now());
  lock.unlock();
  const auto work = [this, since, heard = Press{*id, press->press_id, press->at, press->count}] {
    accept(heard);
    const std::lock_guard done(mutex_);
    waiting_.erase(since);
  };
  if (lanes_[std::hash<core::ProvisioningId>{}(*id) % lanes_.size()]->try_push(work)) return;
  lock.lock();
  waiting_.erase(since);
  missed_ = true;
}

void Presses::accept(const Press& press) {
  try {
    accept_press(world_, press);
  } catch (const std::exception& error) {
    service::log_warning("a press is held",
                         {{"provisioning_id", press.provisioning.str()}, {"reason", error.what()}});
    hold(press);
  }
}

void Presses::hold(const Press& press) {
  const std::lock_guard lock(mutex_);
  if (held_.size() < kHeldAtMost) {
    held_.push_back(press);
  } else {
    missed_ = true;
  }
}

void Presses::on_connected() {
  const std::lock_guard lock(mutex_);
  missed_ = true;
  missed_since_ = Clock::now();
  ask_at_ = {};
  pause_ = kFirstPause;
}

bool Presses::complete() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  return client_.connected() && held_.empty() && !behind(now) &&
         (!missed_ || now - missed_since_ >= kPatience);
}

bool Presses::behind(SteadyTime now) {
  if (waiting_.empty() || now - *waiting_.begin() <= kBehind) {
    behind_since_.reset();
    return false;
  }
  if (!behind_since_) behind_since_ = now;
  return now - *behind_since_ < kPatience;
}

void Presses::drain() {
  client_.unsubscribe(filter());
  const auto end = Clock::now() + kDrain;
  for (auto& lane : lanes_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    lane->wait_idle(std::max(left, std::chrono::milliseconds(0)));
  }
}

void Presses::stop() {
  for (auto& lane : lanes_) lane->stop();
}

void Presses::catch_up() {
  try_held();
  ask_ingest();
}

void Presses::try_held() {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (held_.empty()) return;
    const Press press = held_.front();
    lock.unlock();
    accept_press(world_, press);  // throws while the database is away: it stays the first
    lock.lock();
    held_.pop_front();
  }
}

void Presses::ask_ingest() {
  {
    const std::lock_guard lock(mutex_);
    if (!missed_ || !client_.connected() || Clock::now() < ask_at_) return;
    missed_ = false;  // a connect in the meantime sets it again
  }
  bool done = false;
  try {
    done = recover_presses(world_);
  } catch (const std::exception& error) {
    service::log_warning("missed presses cannot be asked for", {{"reason", error.what()}});
  }
  if (done) return;
  const std::lock_guard lock(mutex_);
  missed_ = true;
  pause_ = std::min<std::chrono::milliseconds>(kLongestPause,
                                               std::max<std::chrono::milliseconds>(kFirstPause, pause_ * 2));
  ask_at_ = Clock::now() + pause_;
}

}  // namespace turnkey::provisioning
