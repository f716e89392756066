// SPDX-License-Identifier: Apache-2.0
// Ids of reports as ranges of indexes, for each segment of the broker's journal. Reports come mostly in
// order, so a few ranges hold very many. Not thread safe.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::ingest {

struct JournalSegment {
  std::string journal;
  std::uint64_t segment = 0;
  auto operator<=>(const JournalSegment&) const = default;
};

struct ReportKey {
  JournalSegment segment;
  std::uint64_t index = 0;
  auto operator<=>(const ReportKey&) const = default;
  // "<16 hex>-<segment>-<index>"; nothing for anything else.
  static std::optional<ReportKey> parse(std::string_view text);
};

// Inclusive ranges that neither overlap nor touch.
class IndexRanges {
 public:
  void add(std::uint64_t from, std::uint64_t to);
  bool contains(std::uint64_t index) const;
  bool empty() const { return ranges_.empty(); }
  std::size_t size() const { return ranges_.size(); }
  const std::map<std::uint64_t, std::uint64_t>& all() const { return ranges_; }
  std::string as_multirange() const;  // PostgreSQL's int8multirange: "{[0,3),[7,8)}"

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // from -> to
};

struct SpooledIndexes {
  JournalSegment segment;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

class ReportRanges {
 public:
  void add(const ReportKey& key) { add({key.segment, key.index, key.index}); }
  void add(const SpooledIndexes& range);
  std::size_t size() const;
  // The first ranges, at most `limit`; they are taken out.
  std::vector<SpooledIndexes> take(std::size_t limit);

 private:
  std::map<JournalSegment, IndexRanges> segments_;
};

}  // namespace turnkey::ingest
