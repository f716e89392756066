// SPDX-License-Identifier: Apache-2.0
#include "usecases/tell_spooled.hpp"

namespace turnkey::ingest {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr std::size_t kEntries = 500;
constexpr std::size_t kRangesInMessage = 500;

}  // namespace

TellSpooled::TellSpooled(JournalControl& journal, std::function<void()> look)
    : journal_(journal), look_(std::move(look)) {}
TellSpooled::~TellSpooled() { stop(); }

void TellSpooled::start() {
  thread_ = std::thread([this] { run(); });
}

void TellSpooled::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void TellSpooled::add(const ReportKey& key) {
  const std::lock_guard lock(mutex_);
  waiting_.add(key);
  if (++added_ == kEntries) changed_.notify_all();
}

void TellSpooled::say_hello() {
  const std::lock_guard lock(mutex_);
  hello_ = true;
  changed_.notify_all();
}

void TellSpooled::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void TellSpooled::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, kInterval, [this] { return stopping_ || woken_ || added_ >= kEntries; });
    woken_ = false;
    lock.unlock();
    look_();
    lock.lock();
    round(lock);
  }
  if (waiting_.size() > 0) tell(lock);
}

void TellSpooled::round(std::unique_lock<std::mutex>& lock) {
  // What comes meanwhile waits for the next round: the broker gets few messages, not many small ones.
  for (std::size_t left = waiting_.size() / kRangesInMessage + 1; left > 0 && waiting_.size() > 0; --left) {
    if (!tell(lock)) return;
  }
  if (!hello_) return;
  hello_ = false;
  lock.unlock();
  const bool said = journal_.hello();
  lock.lock();
  if (!said) hello_ = true;
}

bool TellSpooled::tell(std::unique_lock<std::mutex>& lock) {
  added_ = 0;
  const auto ranges = waiting_.take(kRangesInMessage);
  lock.unlock();
  const bool told = journal_.tell(ranges);
  lock.lock();
  if (told) return true;
  for (const auto& range : ranges) waiting_.add(range);
  return false;
}

}  // namespace turnkey::ingest
