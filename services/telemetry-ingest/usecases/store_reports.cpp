// SPDX-License-Identifier: Apache-2.0
#include "usecases/store_reports.hpp"

#include <algorithm>
#include <iterator>

#include "core/random.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::size_t kRows = 2000;
constexpr std::size_t kEntries = 2000;
constexpr auto kLinger = std::chrono::milliseconds(200);
constexpr auto kLookInterval = std::chrono::milliseconds(100);
constexpr std::size_t kKeptBackEntries = 1000;
constexpr std::size_t kKeptBackBytes = 2 * 1024 * 1024;
constexpr std::size_t kGivenUpDevices = 10'000;
constexpr core::Millis kFirstBackOff{100};
constexpr core::Millis kLastBackOff{5000};

core::Millis with_jitter(core::Millis pause) {
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  return core::Millis(static_cast<std::int64_t>(half + core::random_below(half + 1)));
}

}  // namespace

StoreReports::StoreReports(SpoolTail& tail, EntryReader& reader, ReportStore& store, std::string spool_id,
                           Hooks hooks)
    : tail_(tail), reader_(reader), store_(store), spool_id_(std::move(spool_id)), hooks_(std::move(hooks)) {}
StoreReports::~StoreReports() { stop(core::Millis(0)); }

void StoreReports::start() {
  thread_ = std::thread([this] { run(); });
}

void StoreReports::stop(core::Millis drain) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) end_ = std::chrono::steady_clock::now() + drain;
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool StoreReports::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool StoreReports::may_go_on() const {
  const std::lock_guard lock(mutex_);
  return !stopping_ || std::chrono::steady_clock::now() < end_;
}

bool StoreReports::pause(core::Millis time) {
  std::unique_lock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + time;
  const bool draining = stopping_;  // then the pauses stay what they are, up to the end
  changed_.wait_until(lock, draining ? std::min(until, end_) : until, [&] { return stopping_ != draining; });
  return !stopping_ || std::chrono::steady_clock::now() < end_;
}

std::size_t StoreReports::kept_back() const {
  const std::lock_guard lock(mutex_);
  return kept_back_count_;
}

std::optional<core::Timestamp> StoreReports::oldest_waiting() const {
  const std::lock_guard lock(mutex_);
  return oldest_waiting_;
}

void StoreReports::note_waiting(const Batch& batch) {
  std::optional<core::Timestamp> oldest;
  for (const auto& item : batch.items)
    oldest = std::min(oldest.value_or(item.message.received_at), item.message.received_at);
  const std::lock_guard lock(mutex_);
  oldest_waiting_ = oldest;
}

void StoreReports::run() {
  if (!open()) return;
  hooks_.opened();
  while (may_go_on()) {
    Batch batch;
    collect(batch);
    batch.progress = {low(), std::max(tail_.position(), looked_at_)};
    const bool empty = batch.items.empty() && batch.connections.empty();
    if (empty && stopping()) return;
    note_waiting(batch);
    if (empty && batch.progress == committed_) continue;
    if (!commit(std::move(batch))) return;
    tail_.release(committed_.low);
  }
}

bool StoreReports::open() {
  for (core::Millis back_off = kFirstBackOff;; back_off = std::min(back_off * 2, kLastBackOff)) {
    try {
      const auto opened = store_.open(spool_id_);
      sequence_ = opened.sequence;
      committed_ = opened.progress;
      looked_at_ = opened.progress.high;
      tail_.go_to(committed_.low);
      return true;
    } catch (const std::exception& error) {
      hooks_.trouble(error.what());
    }
    if (!pause(with_jitter(back_off))) return false;
  }
}

SpoolPosition StoreReports::low() const {
  return kept_back_.empty() ? tail_.position() : kept_back_.front().position;
}

bool StoreReports::room_to_read() const {
  return kept_back_.size() < kKeptBackEntries && kept_back_bytes_ < kKeptBackBytes;
}

void StoreReports::collect(Batch& batch) {
  const auto end = std::chrono::steady_clock::now() + kLinger;
  std::size_t rows = 0;
  std::size_t counted = 0;
  while (rows < kRows && batch.items.size() < kEntries && batch.connections.size() < kEntries) {
    look_at_kept_back(batch);
    auto next = room_to_read() ? tail_.next() : std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    if (next) {
      take(batch, next->first, std::move(next->second));
    } else if (stopping() || now >= end) {
      return;
    } else if (room_to_read()) {
      tail_.wait(std::chrono::ceil<core::Millis>(end - now));
    } else if (!pause(kLookInterval)) {
      return;
    }
    for (; counted < batch.items.size(); ++counted) rows += batch.items[counted].message.samples.size();
  }
}

void StoreReports::take(Batch& batch, SpoolPosition position, SpoolEntry entry) {
  auto read = reader_.read(entry);
  if (auto* message = std::get_if<ReadMessage>(&read)) {
    add(batch, position, entry, std::move(*message));
  } else if (auto* event = std::get_if<ConnectionEvent>(&read)) {
    batch.connections.push_back(std::move(*event));
  } else if (const auto* unknown = std::get_if<EntryReader::Unknown>(&read)) {
    keep_back(batch, position, std::move(entry), unknown->device_id);
  }
}

// A broker without the journal gives no id: then the place in the spool is one.
void StoreReports::add(Batch& batch, SpoolPosition position, const SpoolEntry& entry, ReadMessage message) {
  auto key = ReportKey::parse(entry.report_id);
  if (!key) key = ReportKey{{spool_id_, position.segment}, position.offset};
  batch.items.push_back({position, std::move(*key), position < looked_at_, std::move(message)});
}

void StoreReports::keep_back(Batch& batch, SpoolPosition position, SpoolEntry entry,
                             const std::string& device_id) {
  const auto now = std::chrono::steady_clock::now();
  const auto given_up = given_up_.find(device_id);
  if (given_up != given_up_.end() && now < given_up->second)
    return add(batch, position, entry, reader_.refuse(entry, kUnknownDevice));
  if (given_up != given_up_.end()) given_up_.erase(given_up);
  hooks_.unknown_device();
  kept_back_bytes_ += entry.payload.size();
  kept_back_.push_back({position, std::move(entry), now});
  const std::lock_guard lock(mutex_);
  kept_back_count_ = kept_back_.size();
}

// The device has its PUBACK: nothing of it is refused for the reason that the registry was away.
bool StoreReports::may_become_known(KeptBack& kept, Instant now) const {
  if (!kept.deadline && hooks_.registry_answered() >= kept.since) kept.deadline = now + hooks_.keep_back;
  return !kept.deadline || now < *kept.deadline;
}

void StoreReports::look_at_kept_back(Batch& batch) {
  const auto now = std::chrono::steady_clock::now();
  if (kept_back_.empty() || now < next_look_) return;
  next_look_ = now + kLookInterval;
  std::deque<KeptBack> still;
  for (auto& kept : kept_back_) {
    auto read = reader_.read(kept.entry);
    auto* message = std::get_if<ReadMessage>(&read);
    const auto* unknown = std::get_if<EntryReader::Unknown>(&read);
    if (message != nullptr) {
      add(batch, kept.position, kept.entry, std::move(*message));
    } else if (unknown != nullptr && may_become_known(kept, now)) {
      still.push_back(std::move(kept));
      continue;
    } else {
      if (given_up_.size() >= kGivenUpDevices) given_up_.clear();
      if (unknown != nullptr) given_up_[unknown->device_id] = now + hooks_.keep_back;
      add(batch, kept.position, kept.entry, reader_.refuse(kept.entry, kUnknownDevice));
    }
    kept_back_bytes_ -= kept.entry.payload.size();
  }
  kept_back_ = std::move(still);
  const std::lock_guard lock(mutex_);
  kept_back_count_ = kept_back_.size();
}

bool StoreReports::commit(Batch batch) {
  for (;;) {
    try {
      const auto counts = store_.store(batch, sequence_);
      ++sequence_;
      committed_ = batch.progress;
      back_off_ = kFirstBackOff;
      hooks_.stored(counts.value_or(Counts{}), batch);
      return true;
    } catch (const NotStorable&) {
      return divide(std::move(batch));
    } catch (const std::exception& error) {
      hooks_.trouble(error.what());
    }
    if (!pause(with_jitter(back_off_))) return false;
    back_off_ = std::min(back_off_ * 2, kLastBackOff);
  }
}

bool StoreReports::divide(Batch batch) {
  if (batch.items.size() > 1) {
    auto halves = halves_of(std::move(batch), committed_.low);
    return commit(std::move(halves.first)) && commit(std::move(halves.second));
  }
  if (!batch.items.empty() && !batch.items[0].message.counts.refused.contains("not_storable")) {
    refuse_whole(batch.items[0].message, "not_storable");
  } else if (!batch.connections.empty()) {
    hooks_.trouble("presences that the database does not take are passed over");
    batch.connections.clear();
  } else {
    hooks_.trouble("the database does not take a batch without data");
    if (!pause(kLastBackOff)) return false;
  }
  return commit(std::move(batch));
}

}  // namespace turnkey::ingest
