// SPDX-License-Identifier: Apache-2.0
#include "pg/facts.hpp"

#include "pg/pool.hpp"

namespace turnkey::pg {

DatabaseFacts facts_of(Pool& pool) {
  return pool.transaction([](pqxx::work& tx) {
    const auto began = std::chrono::steady_clock::now();
    tx.exec("select 1");
    DatabaseFacts facts;
    facts.round_trip = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    const auto row = tx.exec1(
        "select pg_database_size(current_database()), (select count(*) from pg_stat_activity where datid is "
        "not null), current_setting('max_connections')::bigint");
    facts.bytes = row[0].as<std::int64_t>();
    facts.connections = row[1].as<std::int64_t>();
    facts.most_connections = row[2].as<std::int64_t>();
    return facts;
  });
}

}  // namespace turnkey::pg
