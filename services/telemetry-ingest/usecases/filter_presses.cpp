// SPDX-License-Identifier: Apache-2.0
#include "usecases/filter_presses.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::size_t kInbox = 10'000;
constexpr std::size_t kInboxBytes = 4 * 1024 * 1024;
constexpr auto kForgetInterval = std::chrono::seconds(1);

}  // namespace

FilterPresses::FilterPresses(PressFilter filter, const core::Clock& clock, Announce announce, Stray stray)
    : filter_(std::move(filter)), clock_(clock), announce_(std::move(announce)), stray_(std::move(stray)) {}
FilterPresses::~FilterPresses() { stop(); }

void FilterPresses::start() {
  thread_ = std::thread([this] { run(); });
}

void FilterPresses::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void FilterPresses::on_report(SeenReport report) {
  const std::size_t bytes = report.payload.size();
  push(std::move(report), bytes);
}

void FilterPresses::on_windows(std::string device_id, std::string attribute,
                               std::vector<OpenWindow> windows) {
  push(WindowsOf{std::move(device_id), std::move(attribute), std::move(windows)}, 0);
}

void FilterPresses::push(Task task, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return stopping_ || (inbox_.size() < kInbox && (bytes_ == 0 || bytes_ + bytes <= kInboxBytes));
  });
  if (stopping_) return;
  bytes_ += bytes;
  inbox_.emplace_back(std::move(task), bytes);
  changed_.notify_all();
}

void FilterPresses::run() {
  auto next_forget = std::chrono::steady_clock::now() + kForgetInterval;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_until(lock, next_forget, [this] { return stopping_ || !inbox_.empty(); });
    if (inbox_.empty() && stopping_) return;
    if (!inbox_.empty()) {
      auto [task, bytes] = std::move(inbox_.front());
      inbox_.pop_front();
      bytes_ -= bytes;
      changed_.notify_all();
      lock.unlock();
      perform(std::move(task));
      lock.lock();
    }
    if (const auto now = std::chrono::steady_clock::now(); now >= next_forget) {
      next_forget = now + kForgetInterval;
      const std::lock_guard filter_lock(filter_mutex_);
      filter_.forget_old(clock_.now());
    }
  }
}

void FilterPresses::perform(Task task) {
  Heard heard;
  {
    const std::lock_guard lock(filter_mutex_);
    const auto now = clock_.now();
    if (auto* report = std::get_if<SeenReport>(&task)) {
      heard = filter_.report(std::move(*report), now);
    } else if (auto* of = std::get_if<WindowsOf>(&task)) {
      heard.told = filter_.windows(of->device_id, of->attribute, std::move(of->windows), now);
    }
  }
  for (const auto& announcement : heard.told) announce_(announcement);
  if (heard.stray) stray_(*heard.stray);
}

void FilterPresses::remember(const std::string& device_id, Press press) {
  const std::lock_guard lock(filter_mutex_);
  filter_.remember(device_id, std::move(press));
}

std::vector<Press> FilterPresses::within(const std::string& device_id, const OpenWindow& window) const {
  const std::lock_guard lock(filter_mutex_);
  return filter_.within(device_id, window);
}

std::size_t FilterPresses::devices_with_windows() const {
  const std::lock_guard lock(filter_mutex_);
  return filter_.devices_with_windows();
}

std::size_t FilterPresses::waiting() const {
  const std::lock_guard lock(mutex_);
  return inbox_.size();
}

}  // namespace turnkey::ingest
