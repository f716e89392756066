// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/pool.hpp"
#include "usecases/erase_history.hpp"

namespace turnkey::ingest {

// Thread safe; owned by the App.
class PgEraser final : public HistoryEraser {
 public:
  explicit PgEraser(pg::Pool& pool) : pool_(pool) {}
  Rows count(const Tenure& tenure) override;
  Erased erase(const Tenure& tenure, Instant until) override;

 private:
  // False when the time was over before all were gone.
  bool erase_samples(const std::string& table, const Tenure& tenure, Instant until, std::int64_t& erased);
  pg::Pool& pool_;
};

}  // namespace turnkey::ingest
