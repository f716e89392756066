// SPDX-License-Identifier: Apache-2.0
// What goes to the database in one transaction: messages from the spool, read and with their refusals
// counted.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/press_memory.hpp"
#include "domain/report_ranges.hpp"
#include "domain/spool_entry.hpp"

namespace turnkey::ingest {

struct Sample {
  std::string attribute;
  core::Timestamp time;  // the device's own where it is readable
  std::optional<double> number{};
  std::string text{};  // when there is no number
};

// Counts by reason, so that received = stored + refused + duplicate for reports.
struct Counts {
  std::size_t received = 0;
  std::size_t stored = 0;
  std::size_t duplicate = 0;
  std::map<std::string, std::size_t> refused{};
  std::map<std::string, std::size_t> values_refused{};

  std::size_t refused_in_all() const;
  Counts& operator+=(const Counts& other);
};

// A message of a device: one report or an array of them.
struct ReadMessage {
  std::string device_id;
  core::Timestamp received_at;
  std::vector<Sample> samples{};
  std::vector<Press> presses{};
  Counts counts{};                // as if it were no duplicate
  std::string fault_attribute{};  // of the device; "" when none says that it has a fault
};

struct Item {
  SpoolPosition position;
  ReportKey key;
  bool read_before = false;  // by a process that was ended: it may be done already, and is not counted again
  ReadMessage message;
};

struct PresenceChange {
  std::string device_id;
  bool connected = false;
  core::Timestamp at;
  std::string boot_id;
  std::string reason{};
};
struct BrokerStart {
  std::string boot_id;
  core::Timestamp at;
};
using ConnectionEvent = std::variant<PresenceChange, BrokerStart>;

struct Progress {
  SpoolPosition low;   // everything before is done
  SpoolPosition high;  // everything before was looked at
  bool operator==(const Progress&) const = default;
};

struct Batch {
  std::vector<Item> items{};
  std::vector<ConnectionEvent> connections{};
  Progress progress{};
};

// The two halves of the items, for finding the one that cannot be stored. The first half has the connections
// and does not move `low`, so that a process that is ended between the two begins where it must.
struct Halves {
  Batch first;
  Batch second;
};
Halves halves_of(Batch batch, const SpoolPosition& low_before);
// The same message without its samples, counted as refused.
void refuse_whole(ReadMessage& message, const std::string& reason);
inline constexpr const char* kUnknownDevice = "unknown_device";
// The same batch with nothing of these devices left but that it was refused.
Batch without(Batch batch, const std::set<std::string>& devices);
std::set<std::string> devices_of(const Batch& batch);

// Counts a batch and finds what of it is to be stored. `stored_before`: keys that the database has already.
struct Sorted {
  std::vector<const Item*> fresh{};
  std::map<JournalSegment, IndexRanges> ingested{};  // of the fresh ones
  Counts counts{};
};
Sorted sort_out(const Batch& batch, const std::map<JournalSegment, IndexRanges>& stored_before);

}  // namespace turnkey::ingest
