// SPDX-License-Identifier: Apache-2.0
// Erasing what devices reported while they were somebody's: by the time of the report and by the time of its
// receipt. Who that was, and when, the registry has said.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace turnkey::ingest {

struct Tenure {
  std::string device_id;
  core::Timestamp from;
  core::Timestamp to;  // exclusive
  auto operator<=>(const Tenure&) const = default;
};

using Rows = std::map<std::string, std::int64_t>;  // by table

struct Erased {
  Rows rows;
  bool finished = true;  // false: the time was over; the same again goes on
};

// Throws core::UnavailableError while the database is away.
class HistoryEraser {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  virtual ~HistoryEraser() = default;
  virtual Rows count(const Tenure& tenure) = 0;
  virtual Erased erase(const Tenure& tenure, Instant until) = 0;
};

Erased erase_history(HistoryEraser& eraser, const std::vector<Tenure>& tenures, bool apply,
                     HistoryEraser::Instant until);

}  // namespace turnkey::ingest
