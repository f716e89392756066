// SPDX-License-Identifier: Apache-2.0
#include "bus/deliveries.hpp"

namespace turnkey::bus {

Deliveries::Ticket* Deliveries::open(std::size_t limit, std::string what, bool awaited, bool quiet) {
  const std::lock_guard lock(mutex_);
  if (open_ >= limit) return nullptr;
  const std::uint64_t number = next_++;
  if (awaited) awaited_[number] = Result::open;
  ++open_;
  return &tickets_.emplace(number, Entry{{this, number, std::move(what), quiet}, true}).first->second.ticket;
}

void Deliveries::finish(Ticket* ticket, Result result) {
  Deliveries& owner = *ticket->owner;
  owner.settle(ticket->number, result);
  if (owner.answered_) owner.answered_();
}

void Deliveries::settle(std::uint64_t number, Result result) {
  const std::lock_guard lock(mutex_);
  const auto it = tickets_.find(number);
  if (it == tickets_.end()) return;
  if (it->second.open) {
    --open_;
    if (const auto waiting = awaited_.find(number); waiting != awaited_.end()) waiting->second = result;
  }
  tickets_.erase(it);
  changed_.notify_all();
}

void Deliveries::fail_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, entry] : tickets_) entry.open = false;
  open_ = 0;
  for (auto& [number, result] : awaited_) {
    if (result == Result::open) result = Result::failed;
  }
  changed_.notify_all();
}

Deliveries::Result Deliveries::wait(std::uint64_t number, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto it = awaited_.find(number);
  if (it == awaited_.end()) return Result::failed;
  const Result& result = it->second;  // stays where it is when others are added; an iterator would not
  changed_.wait_for(lock, timeout, [&] { return result != Result::open; });
  const Result answered = result;
  awaited_.erase(number);
  return answered;
}

bool Deliveries::wait_all(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return open_ == 0; });
}

}  // namespace turnkey::bus
