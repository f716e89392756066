// SPDX-License-Identifier: Apache-2.0
#include "outbound/journal_replay.hpp"

#include <algorithm>

namespace turnkey::broker {
namespace {
constexpr int kMaxBackoff = 32;
constexpr int kCheckpointsPerTimeout = 10;
}  // namespace

void JournalReplay::hello(Instant now) {
  consumer_present_ = true;
  backoff_ = 1;
  begin_pass(journal_.end(), now);
}

void JournalReplay::consumer_gone() {
  consumer_present_ = false;
  passing_ = false;
  held_.reset();
  reader_.reset();
  in_flight_.clear();
}

void JournalReplay::acknowledged(std::uint64_t segment, std::uint64_t from, std::uint64_t to, Instant now) {
  const auto clamp = [](std::uint64_t index) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(index, UINT32_MAX));
  };
  const auto first = in_flight_.lower_bound({segment, clamp(from)});
  const auto last = in_flight_.upper_bound({segment, clamp(to)});
  if (first == last) return;
  in_flight_.erase(first, last);
  last_progress_ = now;
  backoff_ = 1;
}

void JournalReplay::remember_end(Instant now) {
  if (checkpoints_.empty() || now - checkpoints_.back().at >= limits_.timeout / kCheckpointsPerTimeout) {
    checkpoints_.push_back({now, journal_.end()});
  }
  // The front is the youngest one that is older than the time-out.
  while (checkpoints_.size() > 1 && now - checkpoints_[1].at >= limits_.timeout) checkpoints_.pop_front();
}

void JournalReplay::begin_pass(JournalPosition limit, Instant now) {
  passing_ = true;
  limit_ = limit;
  reading_segment_ = 0;
  reader_.reset();
  held_.reset();
  in_flight_.clear();
  last_progress_ = now;
}

void JournalReplay::end_pass(Instant now) {
  passing_ = false;
  reader_.reset();
  held_.reset();
  last_pass_end_ = now;
}

void JournalReplay::tick(Instant now, const Send& send) {
  remember_end(now);
  if (!consumer_present_) return;
  if (passing_ && in_flight_.size() >= limits_.in_flight && now - last_progress_ >= patience()) {
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    begin_pass(limit_, now);
  }
  const Checkpoint& settled = checkpoints_.front();
  if (!passing_ && now - settled.at >= limits_.timeout && now - last_pass_end_ >= patience()) {
    const auto oldest = journal_.oldest_unacknowledged();
    if (oldest && *oldest < settled.end) {
      begin_pass(settled.end, now);
      backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    }
  }
  if (passing_) pump(now, send);
}

bool JournalReplay::open_next_segment() {
  const auto number = journal_.segment_to_read(reading_segment_);
  if (!number || *number > limit_.segment) return false;
  reading_segment_ = *number;
  reader_ = std::make_unique<SegmentReader>(journal_.path_of(*number));
  return true;
}

void JournalReplay::pump(Instant now, const Send& send) {
  std::size_t entries = 0;
  std::size_t bytes = 0;
  while (entries < limits_.entries_per_tick && bytes < limits_.bytes_per_tick) {
    if (!reader_ && !open_next_segment()) return end_pass(now);
    if (!held_) held_ = reader_->next();
    const JournalPosition position{reading_segment_, held_ ? held_->index : 0};
    if (!held_ || position >= limit_) {
      reader_.reset();
      held_.reset();
      ++reading_segment_;
      continue;
    }
    if (!journal_.acknowledged(position)) {
      if (in_flight_.size() >= limits_.in_flight || !send(*held_, position)) return;
      in_flight_.insert(position);
      last_progress_ = now;
      ++sent_;
      ++entries;
    }
    bytes += held_->payload.size() + kEntryOverhead;
    held_.reset();
  }
}

}  // namespace turnkey::broker
