// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/pool.hpp"
#include "usecases/erase.hpp"

namespace turnkey::provisioning {

// Thread safe; owned by the App.
class PgErasure final : public ErasureStore {
 public:
  explicit PgErasure(pg::Pool& pool) : pool_(pool) {}
  Counts count(const Erasure& erasure) override;
  std::int64_t open_windows(const Erasure& erasure) override;
  Counts remove(const Erasure& erasure) override;

 private:
  pg::Pool& pool_;
};

}  // namespace turnkey::provisioning
