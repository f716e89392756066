// SPDX-License-Identifier: Apache-2.0
// Reads the entries of one journal segment from its beginning; the segment may grow meanwhile. Not thread
// safe.
#pragma once

#include <optional>
#include <string>

#include "domain/journal_entry.hpp"

namespace turnkey::broker {

class SegmentReader {
 public:
  // A file that cannot be opened reads as empty.
  explicit SegmentReader(const std::string& path);
  ~SegmentReader();
  SegmentReader(const SegmentReader&) = delete;
  SegmentReader& operator=(const SegmentReader&) = delete;

  // The next entry, valid until the next call; nothing at the end of what can be read (which may be torn).
  std::optional<JournalEntry> next();
  std::uint64_t offset() const { return offset_; }  // in the file, behind the last entry

 private:
  bool fill();

  int file_ = -1;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  std::size_t consumed_ = 0;
};

}  // namespace turnkey::broker
