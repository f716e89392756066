// SPDX-License-Identifier: Apache-2.0
// Follows the ledger's hash chain over an export, without the server: hash(n) = SHA-256(hash(n-1) ||
// line(n)), nothing before the first. A line whose words were erased has its old hash, and says in
// "redactedBy" which later line vouches for its new text; an export without that line proves nothing of it.
// Takes one line of the export after the other; not thread safe. Pure.
#pragma once

#include <cstdint>
#include <map>
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

  // After the last line: redacted lines that none vouched for are a break too.
  void finish();

  const std::optional<Break>& broken() const { return broken_; }
  std::uint64_t redacted() const { return redacted_; }  // lines whose words were erased
  std::uint64_t lines() const { return lines_; }
  std::int64_t first_seq() const { return first_seq_; }
  std::int64_t last_seq() const { return last_seq_; }
  std::string last_hash_hex() const;
  // False when the first line had to be taken as it is.
  bool anchored() const { return anchored_; }

 private:
  void fail(std::int64_t seq, std::string why);
  bool order_right(std::int64_t seq);
  void link(std::int64_t seq, const std::string& line, const std::string& hash,
            std::optional<std::int64_t> redacted_by);
  void vouch(std::int64_t seq, const std::string& digest);

  // What redacted lines wait for, by the line that is to vouch: the first of them, their texts' hashes.
  struct Waiting {
    std::int64_t first_seq = 0;
    std::uint64_t file_line = 0;
    std::string hashes{};
  };
  std::map<std::int64_t, Waiting> waiting_;
  std::uint64_t redacted_ = 0;
  std::string hash_;  // bytes of the line before; "" before the first
  bool anchored_;
  std::uint64_t lines_ = 0;
  std::int64_t first_seq_ = 0;
  std::int64_t last_seq_ = 0;
  std::optional<Break> broken_;
};

}  // namespace turnkey::ctl
