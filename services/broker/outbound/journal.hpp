// SPDX-License-Identifier: Apache-2.0
// The journal of state reports: a folder of numbered segment files that one process appends to, with one
// write(2) an entry, before the device gets its PUBACK. An entry leaves when it is acknowledged.
//
//   journal.id      16 hex characters, for the folder's life; locked by the process that uses the folder
//   <number>.seg    entries; never appended to again once the process that made it has ended
//   <number>.ack    acknowledged index ranges, pairs of u32, appended
//
// Invariants: an entry is either whole in the file or does not count; a segment number is never used twice in
// a folder (the highest segment stays until there is a higher one); what is acknowledged is never given out
// again. Memory is bounded by the number of segments and of gaps between acknowledgements. Not thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/index_ranges.hpp"
#include "domain/journal_entry.hpp"

namespace turnkey::broker {

struct JournalLimits {
  std::uint64_t segment_bytes = 8ULL * 1024 * 1024;
  std::uint64_t max_bytes = 1024ULL * 1024 * 1024;
};

class Journal {
 public:
  // Makes the folder when it is missing and reads what an earlier process left. Throws std::runtime_error
  // with a sentence: not writable, or in use by another process.
  Journal(std::string folder, JournalLimits limits);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  enum class Outcome { written, full, failed };
  struct Appended {
    Outcome outcome = Outcome::failed;
    JournalPosition position{};
  };
  // After `failed`, `last_failure` says why.
  Appended append(std::string_view topic, std::string_view payload, bool retained, std::int64_t received_ms);

  // Inclusive; what does not exist is ignored. Returns how many entries were not acknowledged before.
  std::uint64_t acknowledge(std::uint64_t segment, std::uint64_t from, std::uint64_t to);
  bool acknowledged(JournalPosition position) const;

  std::optional<JournalPosition> oldest_unacknowledged() const;
  // The first segment from this number on that holds something unacknowledged.
  std::optional<std::uint64_t> segment_to_read(std::uint64_t from) const;
  JournalPosition end() const;  // where the next entry will stand, or lower
  std::string path_of(std::uint64_t segment) const;
  // What an earlier process journaled within so long before its last entry, oldest first; of its last two
  // segments at most.
  void last_entries(std::int64_t within_ms,
                    const std::function<void(const JournalEntry&, JournalPosition)>& each) const;

  const std::string& id() const { return id_; }
  std::string report_id(JournalPosition position) const;  // "<id>-<segment>-<index>"
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t unacknowledged() const { return unacknowledged_; }
  std::size_t segments() const { return segments_.size(); }
  const std::string& last_failure() const { return failure_; }
  const std::vector<std::string>& findings() const {
    return findings_;
  }  // of reading the folder, for the log

 private:
  struct Segment {
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
    std::int64_t last_ms = 0;  // of one that an earlier process left
    IndexRanges acknowledged;
    int ack_file = -1;
    bool done() const { return acknowledged.count() >= count; }
  };
  using Segments = std::map<std::uint64_t, Segment>;

  void lock_and_identify();
  void recover(std::uint64_t number);
  void recover_acknowledgements(std::uint64_t number, Segment& segment);
  bool make_room(std::uint64_t needed);
  bool open_next_segment();
  void close_open_segment();
  void purge();
  void erase(Segments::iterator segment);
  std::string ack_path_of(std::uint64_t segment) const;

  std::string folder_;
  JournalLimits limits_;
  std::string id_;
  int lock_file_ = -1;
  int open_file_ = -1;  // of the last segment, when it can be appended to
  Segments segments_;
  std::uint64_t next_number_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t unacknowledged_ = 0;
  std::string encoded_;
  std::string failure_;
  std::vector<std::string> findings_;
};

}  // namespace turnkey::broker
