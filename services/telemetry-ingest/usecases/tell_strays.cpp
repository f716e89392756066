// SPDX-License-Identifier: Apache-2.0
#include "usecases/tell_strays.hpp"

#include <array>

namespace turnkey::ingest {
namespace {

constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kMostRemembered = 4096;

}  // namespace

std::string_view to_string(TellStrays::Outcome outcome) {
  constexpr std::array<std::string_view, 5> kNames = {"nobody_waits", "told", "unanswered", "repeated",
                                                      "crowded_out"};  // in the order of Outcome
  return kNames[static_cast<std::size_t>(outcome)];
}

void TellStrays::start() {
  thread_ = std::thread([this] { run(); });
}

void TellStrays::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void TellStrays::on_stray(const StrayPress& press) {
  auto outcome = Outcome::nobody_waits;
  if (press.somebody_waits) {
    const std::lock_guard lock(mutex_);
    outcome = take(press, std::chrono::steady_clock::now());
  }
  if (outcome != Outcome::told) hooks_.counted(outcome);
}

// `told`: it waits to be told. One that gives way is the one that is counted as crowded out.
TellStrays::Outcome TellStrays::take(const StrayPress& press, Instant now) {
  if (told_.size() >= kMostRemembered) forget_told(now);
  const auto last = told_.find(press.device_id);
  if (last != told_.end() && now < last->second + pace_.each_device) return Outcome::repeated;
  if (told_.size() >= kMostRemembered) return Outcome::crowded_out;
  told_[press.device_id] = now;
  waiting_.push_back({press, now});
  changed_.notify_all();
  if (waiting_.size() <= kMostWaiting) return Outcome::told;
  waiting_.pop_front();
  return Outcome::crowded_out;
}

void TellStrays::forget_told(Instant now) {
  std::erase_if(told_, [&](const auto& entry) { return entry.second + pace_.each_device <= now; });
}

std::size_t TellStrays::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void TellStrays::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto outcome = Outcome::crowded_out;
    if (std::chrono::steady_clock::now() <= first.since + pace_.news)
      outcome = hooks_.ask(first.press) ? Outcome::told : Outcome::unanswered;
    hooks_.counted(outcome);
    lock.lock();
    if (outcome != Outcome::crowded_out) changed_.wait_for(lock, pace_.between, [this] { return stopping_; });
  }
}

}  // namespace turnkey::ingest
