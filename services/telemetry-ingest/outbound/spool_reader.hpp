// SPDX-License-Identifier: Apache-2.0
// Reads a spool from a position on, over segments, up to what is written. A torn end is passed over, a
// damaged place is searched for the next whole frame. Used by one thread.
#pragma once

#include "outbound/spool.hpp"
#include "usecases/ports.hpp"

namespace turnkey::ingest {

class SpoolReader final : public SpoolTail {
 public:
  explicit SpoolReader(Spool& spool) : spool_(spool) {}
  ~SpoolReader() override;
  SpoolReader(const SpoolReader&) = delete;
  SpoolReader& operator=(const SpoolReader&) = delete;

  std::optional<std::pair<SpoolPosition, SpoolEntry>> next() override;
  SpoolPosition position() const override { return position_; }
  void go_to(SpoolPosition position) override;
  void wait(core::Millis at_most) override { spool_.wait_beyond(position_, at_most); }
  void release(SpoolPosition low) override { spool_.remove_before(low.segment); }
  std::uint64_t bytes_passed_over() const { return passed_over_; }

 private:
  bool open_here();
  void close_here();
  bool next_segment();
  bool fill(std::uint64_t limit);
  void pass_over(std::size_t bytes);
  std::string_view ahead() const { return std::string_view(buffer_).substr(at_); }

  Spool& spool_;
  SpoolPosition position_;  // of `at_`
  int fd_ = -1;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t passed_over_ = 0;
};

}  // namespace turnkey::ingest
