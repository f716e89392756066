// SPDX-License-Identifier: Apache-2.0
// What was measured: latest values, and history in buckets that the database computes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pg/pool.hpp"
#include "usecases/history.hpp"

namespace turnkey::ingest {

class PgHistory final : public HistoryStore {
 public:
  explicit PgHistory(pg::Pool& pool) : pool_(pool) {}
  std::map<std::string, std::vector<Bucket>> buckets(const std::string& device_id, Values kind,
                                                     const std::vector<std::string>& attributes,
                                                     const HistoryRange& range) override;
  std::map<std::string, LatestOf> latest(const std::vector<DeviceSince>& devices) override;
  std::map<std::string, Trend> trends(const std::vector<DeviceSince>& devices, const std::string& attribute,
                                      const HistoryRange& range, int points) override;
  std::vector<ConnectionLine> connections(const DeviceSince& device, int limit) override;
  std::map<std::string, std::map<std::string, std::int64_t>> counters() override;

 private:
  pg::Pool& pool_;
};

}  // namespace turnkey::ingest
