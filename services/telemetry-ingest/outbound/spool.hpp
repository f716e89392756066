// SPDX-License-Identifier: Apache-2.0
// Messages on disk between the broker and the database: appended by one write(2) each before the journal is
// told (without the plugin: before the broker gets its acknowledgement), so that a kill of this process loses
// none. Segment files `<number>.spool` in one folder, which one process at a time holds. Nothing is ever
// dropped to make room.
//
// A segment that was there at the start is never appended to: its end may be torn. The newest segment is
// never deleted, so that numbers only grow. Thread safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "domain/spool_entry.hpp"

namespace turnkey::ingest {

struct SpoolLimits {
  std::uint64_t max_bytes = 2ULL * 1024 * 1024 * 1024;
  std::uint64_t segment_bytes = 8ULL * 1024 * 1024;
};

class Spool {
 public:
  enum class Outcome { written, full, failed };
  struct Readable {
    std::uint64_t bytes = 0;  // may be read so far
    bool finished = false;    // nothing will be added
  };

  // Throws std::runtime_error when the folder cannot be used.
  Spool(std::string folder, SpoolLimits limits);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  const std::string& id() const { return id_; }  // 16 hex characters; a new folder has a new one
  Outcome append(const SpoolEntry& entry);
  bool wait_beyond(SpoolPosition position, core::Millis at_most);
  void remove_before(std::uint64_t segment);

  std::string path_of(std::uint64_t segment) const;
  std::optional<std::uint64_t> first_from(std::uint64_t segment) const;  // the first one not before
  std::optional<Readable> readable(std::uint64_t segment) const;
  SpoolPosition end() const;

  std::uint64_t bytes() const;
  std::size_t segments() const;
  bool has_room() const;             // well below the limit, and the disk takes more
  std::string last_failure() const;  // "" after a success

 private:
  void lock_folder();
  void read_id();
  void find_segments();
  bool open_segment(std::uint64_t number);
  bool write_frame();
  bool fits() const;

  const std::string folder_;
  const SpoolLimits limits_;
  std::string id_;
  int lock_ = -1;
  int fd_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::map<std::uint64_t, std::uint64_t> segments_;  // number -> bytes; the last one is written to
  std::uint64_t bytes_ = 0;
  std::string frame_;
  std::string last_failure_;
};

}  // namespace turnkey::ingest
