// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_presses.hpp"

#include <pqxx/result>

#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

constexpr int kMost = 20'000;

}  // namespace

std::vector<std::pair<std::string, Press>> load_presses(pg::Pool& pool, core::Timestamp since) {
  const auto rows = pool.transaction([&](pqxx::work& tx) {
    return tx.exec_params(
        "select * from (select device_id, report_id, index, " + ms_of("at") +
            " as ms, count from recent_presses where at >= $1 order by at desc limit $2) x order by ms",
        core::to_iso(since), kMost);
  });
  std::vector<std::pair<std::string, Press>> all;
  for (const auto& row : rows) {
    Press press{row[1].as<std::string>(), row[2].as<std::size_t>(),
                core::from_epoch_ms(row[3].as<std::int64_t>()), row[4].as<int>()};
    all.emplace_back(row[0].as<std::string>(), std::move(press));
  }
  return all;
}

}  // namespace turnkey::ingest
