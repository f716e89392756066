// SPDX-License-Identifier: Apache-2.0
// Rolls samples up by five minutes and by hours, a minute after their end, and again when a late sample came.
// Replicas may do it together: each takes its turn, and what was done is told in the same transaction.
#pragma once

#include <functional>
#include <optional>
#include <pqxx/transaction>
#include <set>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/partitions.hpp"
#include "domain/rollup.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

// Columns numbers, low, high, total of a group of samples. Numbers beyond 1e290 are cut in the total: a sum
// that overflows is an error in PostgreSQL, and a device could make one.
inline constexpr const char* kNumbersRolled =
    "count(number)::int as numbers, min(number) as low, max(number) as high, "
    "sum(greatest(least(number, 1e290), -1e290)) as total";

// Until where the samples of a level were rolled up; the epoch before the first round.
core::Timestamp rolled_until(pqxx::work& tx, core::Millis level);

// For who stores samples, before the first: no more is closed until the transaction ends. The five minutes
// that begin before it and get a sample must be marked, in the order of the keys.
core::Timestamp hold_closed_until(pqxx::work& tx);

struct LateSpan {
  int device_key;
  int attribute_key;
  core::Timestamp begins;
  auto operator<=>(const LateSpan&) const = default;
};
void mark_late(pqxx::work& tx, const std::set<LateSpan>& spans);

// After the samples that were measured or received then were erased: the roll-ups that they were in go too, a
// portion in each transaction, and what is left beside them is rolled up again. True when there are no more.
bool forget_rolled(pqxx::work& tx, const std::string& device_id, core::Timestamp from, core::Timestamp to);
class PgRollups {
 public:
  // `stopping` is asked between transactions.
  PgRollups(pg::Pool& pool, std::function<bool()> stopping, core::Millis longest_slice = kHour)
      : pool_(pool), stopping_(std::move(stopping)), longest_slice_(longest_slice) {}

  // One round, of 45 s or little more; what is left is the next one's. Throws what the pool throws.
  void round(core::Timestamp now);

 private:
  enum class Step { portion, done, not_our_turn };
  using Duration = std::chrono::steady_clock::duration;
  void close(core::Timestamp until);
  void begin_with_the_oldest(const std::vector<Week>& weeks);
  void find_new_pages(const std::vector<Week>& weeks);
  // False: another process has its turn, or the end is near.
  bool roll_fives();
  bool roll_hours();
  Step roll_slice_in_time();
  Step roll_slice(pqxx::work& tx, std::optional<Duration>& took);
  Step roll_hour_in_time();
  Step roll_hour(pqxx::work& tx);
  bool roll_late();

  bool over() const;

  pg::Pool& pool_;
  const std::function<bool()> stopping_;
  const core::Millis longest_slice_;
  core::Millis slice_{longest_slice_};
  std::chrono::steady_clock::time_point until_{};
  struct Halfway {
    core::Timestamp hour{};
    std::pair<int, int> after{};  // device and attribute that were rolled up last
  };
  Halfway halfway_{};
  int pairs_ = 1;  // of device and attribute in the next portion of an hour; learned too
};

}  // namespace turnkey::ingest
