// SPDX-License-Identifier: Apache-2.0
#include "usecases/erase_history.hpp"

namespace turnkey::ingest {
namespace {

void add(Rows& sum, const Rows& rows) {
  for (const auto& [table, count] : rows) sum[table] += count;
}

}  // namespace

Erased erase_history(HistoryEraser& eraser, const std::vector<Tenure>& tenures, bool apply,
                     HistoryEraser::Instant until) {
  Erased all;
  for (const auto& tenure : tenures) {
    if (std::chrono::steady_clock::now() >= until) return {std::move(all.rows), false};
    if (!apply) {
      add(all.rows, eraser.count(tenure));
      continue;
    }
    const Erased one = eraser.erase(tenure, until);
    add(all.rows, one.rows);
    if (!one.finished) return {std::move(all.rows), false};
  }
  return all;
}

}  // namespace turnkey::ingest
