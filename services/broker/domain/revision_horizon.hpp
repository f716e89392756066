// SPDX-License-Identifier: Apache-2.0
// From which revision on the repair must read again. Revisions come from a sequence, so a smaller one may
// become visible after a larger one has been read. A revision is settled when every transaction that was
// running when it had been read has ended: the database's snapshot bounds say so (xmax after that read <=
// xmin before this one). One more read lies between the two, because a transaction may draw its revision just
// before it gets its number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace turnkey::broker {

class RevisionHorizon {
 public:
  // A read has ended that began when the oldest running transaction was `xmin_before`.
  void read_ended(std::uint64_t xmin_before, std::uint64_t xmax_after, std::int64_t highest_revision) {
    const std::int64_t highest =
        std::max(highest_revision, reads_.empty() ? settled_ : reads_.back().highest);
    while (reads_.size() > 1 && reads_.front().xmax <= xmin_before) {
      settled_ = reads_.front().highest;
      reads_.pop_front();
    }
    if (reads_.size() >= kMaxReads) reads_.erase(reads_.begin() + 1);  // one transaction runs for very long
    reads_.push_back({xmax_after, highest});
  }
  std::int64_t settled() const { return settled_; }

 private:
  struct Read {
    std::uint64_t xmax;
    std::int64_t highest;
  };
  static constexpr std::size_t kMaxReads = 1000;
  std::deque<Read> reads_;
  std::int64_t settled_ = 0;
};

}  // namespace turnkey::broker
