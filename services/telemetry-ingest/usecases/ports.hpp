// SPDX-License-Identifier: Apache-2.0
// What the use cases need of the world. Each port has one real implementation in outbound/ and a fake in the
// tests.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "domain/batch.hpp"
#include "domain/press_filter.hpp"
#include "domain/report_ranges.hpp"
#include "domain/spool_entry.hpp"

namespace turnkey::ingest {

// The reading end of the spool. One thread.
class SpoolTail {
 public:
  virtual ~SpoolTail() = default;
  virtual std::optional<std::pair<SpoolPosition, SpoolEntry>> next() = 0;  // nothing: no more for now
  virtual SpoolPosition position() const = 0;                              // of what `next` gives next
  virtual void go_to(SpoolPosition position) = 0;
  virtual void wait(core::Millis at_most) = 0;  // until there is more
  virtual void release(SpoolPosition low) = 0;  // what is before is not needed any more
};

// The database has the data, and will never take it: not its absence, not its full disk.
class NotStorable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ReportStore {
 public:
  struct Opened {
    std::int64_t sequence = 0;
    Progress progress{};
  };
  virtual ~ReportStore() = default;
  // Both throw on trouble that passes (try again later).
  virtual Opened open(const std::string& spool) = 0;
  // One transaction, the `sequence`th after `open` plus one. Nothing when it had been committed before (the
  // answer to the last try was lost). Throws NotStorable.
  virtual std::optional<Counts> store(const Batch& batch, std::int64_t sequence) = 0;
};

// Reads what is in the spool.
class EntryReader {
 public:
  struct Unknown {  // a report of a device that is not known (yet)
    std::string device_id;
  };
  struct Unreadable {};
  using Read = std::variant<ReadMessage, Unknown, ConnectionEvent, Unreadable>;
  virtual ~EntryReader() = default;
  virtual Read read(const SpoolEntry& entry) = 0;
  virtual ReadMessage refuse(const SpoolEntry& entry, const std::string& reason) = 0;
};

// The broker's journal, as far as it listens.
class JournalControl {
 public:
  virtual ~JournalControl() = default;
  // True when the broker has acknowledged it.
  virtual bool hello() = 0;
  virtual bool tell(const std::vector<SpooledIndexes>& ranges) = 0;
};

}  // namespace turnkey::ingest
