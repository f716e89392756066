// SPDX-License-Identifier: Apache-2.0
#include "domain/report_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace turnkey::ingest {
namespace {

// Both parts end up in PostgreSQL's bigint.
constexpr auto kGreatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - 1;

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kGreatest) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ReportKey> ReportKey::parse(std::string_view text) {
  constexpr std::size_t kJournal = 16;
  if (text.size() < kJournal + 4 || text[kJournal] != '-') return std::nullopt;
  const auto journal = text.substr(0, kJournal);
  if (journal.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(kJournal + 1);
  const auto dash = rest.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto segment = decimal(rest.substr(0, dash));
  const auto index = decimal(rest.substr(dash + 1));
  if (!segment || !index) return std::nullopt;
  return ReportKey{{std::string(journal), *segment}, *index};
}

void IndexRanges::add(std::uint64_t from, std::uint64_t to) {
  auto next = ranges_.upper_bound(from);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second + 1 >= from) {
      from = before->first;
      to = std::max(to, before->second);
      next = ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && next->first <= to + 1) {
    to = std::max(to, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(from, to);
}

bool IndexRanges::contains(std::uint64_t index) const {
  const auto next = ranges_.upper_bound(index);
  return next != ranges_.begin() && std::prev(next)->second >= index;
}

std::string IndexRanges::as_multirange() const {
  std::string text = "{";
  for (const auto& [from, to] : ranges_) {
    if (text.size() > 1) text += ',';
    text += "[" + std::to_string(from) + "," + std::to_string(to + 1) + ")";
  }
  return text + "}";
}

void ReportRanges::add(const SpooledIndexes& range) { segments_[range.segment].add(range.from, range.to); }

std::size_t ReportRanges::size() const {
  std::size_t sum = 0;
  for (const auto& [segment, ranges] : segments_) sum += ranges.size();
  return sum;
}

std::vector<SpooledIndexes> ReportRanges::take(std::size_t limit) {
  std::vector<SpooledIndexes> taken;
  while (!segments_.empty() && taken.size() < limit) {
    const auto& [segment, ranges] = *segments_.begin();
    if (taken.size() + ranges.size() > limit && !taken.empty()) break;
    for (const auto& [from, to] : ranges.all()) taken.push_back({segment, from, to});
    segments_.erase(segments_.begin());
  }
  return taken;
}

}  // namespace turnkey::ingest
