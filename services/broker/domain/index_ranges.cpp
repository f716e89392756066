// SPDX-License-Identifier: Apache-2.0
#include "domain/index_ranges.hpp"

#include <algorithm>

namespace turnkey::broker {
namespace {
std::uint64_t size_of(std::uint32_t first, std::uint32_t last) {
  return std::uint64_t{last} - std::uint64_t{first} + 1;
}
}  // namespace

std::uint64_t IndexRanges::add(std::uint32_t from, std::uint32_t to) {
  if (from > to) return 0;
  std::uint64_t known = 0;
  std::uint32_t first = from;
  std::uint32_t last = to;
  auto next = ranges_.upper_bound(from);
  if (next != ranges_.begin()) {
    const auto previous = std::prev(next);
    if (std::uint64_t{previous->second} + 1 >= from) next = previous;  // overlaps or touches
  }
  while (next != ranges_.end() && next->first <= std::uint64_t{to} + 1) {
    known += size_of(next->first, next->second);
    first = std::min(first, next->first);
    last = std::max(last, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(first, last);
  const std::uint64_t fresh = size_of(first, last) - known;
  count_ += fresh;
  return fresh;
}

bool IndexRanges::contains(std::uint32_t index) const {
  const auto next = ranges_.upper_bound(index);
  return next != ranges_.begin() && std::prev(next)->second >= index;
}

std::uint32_t IndexRanges::first_missing() const {
  if (ranges_.empty() || ranges_.begin()->first > 0) return 0;
  return ranges_.begin()->second + 1;
}

}  // namespace turnkey::broker
