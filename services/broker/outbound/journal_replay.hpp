// SPDX-License-Identifier: Apache-2.0
// Sends journal entries again until they are acknowledged, at a bounded pace. One pass walks the journal from
// its oldest unacknowledged entry to a limit that is fixed when the pass begins:
//
//   hello from ingest  -> a pass over everything there is (also the first one after a start of the broker)
//   time-out           -> a pass over what is older than the time-out and still unacknowledged; the time
//   between
//                         such passes doubles (to a limit) for as long as nothing gets acknowledged
//
// At most `in_flight` entries are out at once; an acknowledgement makes room. A pass that waits for room
// longer than the time-out begins again. Nothing is sent while no ingest is there. Not thread safe.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "outbound/journal.hpp"
#include "outbound/segment_reader.hpp"

namespace turnkey::broker {

struct ReplayLimits {
  std::size_t in_flight = 2000;
  std::chrono::milliseconds timeout{10'000};
  std::size_t entries_per_tick = 500;
  std::size_t bytes_per_tick = 2UL * 1024 * 1024;  // read from segments, sent or not
};

class JournalReplay {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  // False: could not be sent now; it is tried again in the next tick.
  using Send = std::function<bool(const JournalEntry&, JournalPosition)>;

  JournalReplay(Journal& journal, ReplayLimits limits) : journal_(journal), limits_(limits) {}

  void hello(Instant now);
  void consumer_gone();  // the last ingest has disconnected: wait for a hello
  void acknowledged(std::uint64_t segment, std::uint64_t from, std::uint64_t to, Instant now);
  void tick(Instant now, const Send& send);

  std::uint64_t sent() const { return sent_; }
  std::size_t in_flight() const { return in_flight_.size(); }

 private:
  struct Checkpoint {
    Instant at;
    JournalPosition end;
  };
  void remember_end(Instant now);
  void begin_pass(JournalPosition limit, Instant now);
  void end_pass(Instant now);
  void pump(Instant now, const Send& send);
  bool open_next_segment();
  std::chrono::milliseconds patience() const { return limits_.timeout * backoff_; }

  Journal& journal_;
  ReplayLimits limits_;
  bool consumer_present_ = false;
  bool passing_ = false;
  JournalPosition limit_;
  std::uint64_t reading_segment_ = 0;
  std::unique_ptr<SegmentReader> reader_;
  std::optional<JournalEntry> held_;  // read, but there was no room for it
  std::set<JournalPosition> in_flight_;
  std::deque<Checkpoint> checkpoints_;
  Instant last_progress_{};
  Instant last_pass_end_{};
  int backoff_ = 1;
  std::uint64_t sent_ = 0;
};

}  // namespace turnkey::broker
