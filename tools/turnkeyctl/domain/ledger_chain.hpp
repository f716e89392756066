// SPDX-License-Identifier: Apache-2.0
// Follows the ledger's hash chain over an export, without the server: hash(n) = SHA-256(hash(n-1) ||
// line(n)), nothing before the first. Takes one line of the export after the other; not thread safe. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnkey::ctl {

class LedgerChain {
 public:
  struct Break {
    std::int64_t seq;         // the first line that is not as it was written
    std::uint64_t file_line;  // where that shows, from 1
    std::string why;
  };

  // An export that begins later than line 1 cannot show what its first line rests on: give the hash of the
  // line before it (hex), or that first line is taken as it is.
  explicit LedgerChain(std::string hash_before_hex = {});

  // `entry` is one line of the export: {"seq","line","hash"}. Nothing more is looked at after a break.
  void add(std::string_view entry);

  const std::optional<Break>& broken() const { return broken_; }
  std::uint64_t lines() const { return lines_; }
  std::int64_t first_seq() const { return first_seq_; }
  std::int64_t last_seq() const { return last_seq_; }
  std::string last_hash_hex() const;
  // False when the first line had to be taken as it is.
  bool anchored() const { return anchored_; }

 private:
  void fail(std::int64_t seq, std::string why);
  bool order_right(std::int64_t seq);
  void link(std::int64_t seq, const std::string& line, const std::string& hash);

  std::string hash_;  // bytes of the line before; "" before the first
  bool anchored_;
  std::uint64_t lines_ = 0;
  std::int64_t first_seq_ = 0;
  std::int64_t last_seq_ = 0;
  std::optional<Break> broken_;
};

}  // namespace turnkey::ctl
