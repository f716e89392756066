// SPDX-License-Identifier: Apache-2.0
// A set of indices kept as ranges: which entries of a journal segment have been acknowledged.
// Acknowledgements arrive mostly in order, so this stays at one or a few ranges however large the segment.
// Not thread safe.
#pragma once

#include <cstdint>
#include <map>

namespace turnkey::broker {

class IndexRanges {
 public:
  // Adds the inclusive range; returns how many of its indices were not in the set before.
  std::uint64_t add(std::uint32_t from, std::uint32_t to);
  bool contains(std::uint32_t index) const;
  std::uint64_t count() const { return count_; }
  std::uint32_t first_missing() const;
  std::size_t ranges() const { return ranges_.size(); }

 private:
  std::map<std::uint32_t, std::uint32_t> ranges_;  // first -> last; disjoint and never adjacent
  std::uint64_t count_ = 0;
};

}  // namespace turnkey::broker
