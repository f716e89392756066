// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "pg/pool.hpp"
#include "usecases/erase_history.hpp"

namespace turnkey::ingest {

// Thread safe; owned by the App.
class PgEraser final : public HistoryEraser {
 public:
  explicit PgEraser(pg::Pool& pool) : pool_(pool) {}
  Rows count(const Tenure& tenure) override;
  Erased erase(const Tenure& tenure, Instant until) override;
  void stop() { stopping_ = true; }  // what is under way ends after its portion

 private:
  // False when the time was over before all were gone.
  bool erase_samples(const std::string& table, const Tenure& tenure, Instant until, std::int64_t& erased);
  bool just_erased(const Tenure& tenure);
  bool over(Instant until) const { return stopping_ || std::chrono::steady_clock::now() >= until; }
  pg::Pool& pool_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<Tenure, Instant> erased_;
};

}  // namespace turnkey::ingest
