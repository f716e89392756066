// SPDX-License-Identifier: Apache-2.0
// History in buckets that the database computes: from the samples, or for long ranges from what was rolled up
// and the samples where that does not hold (not rolled up yet, late, or partly from before a hand-over).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pg/pool.hpp"
#include "usecases/history.hpp"

namespace turnkey::ingest {

std::map<std::string, std::vector<Bucket>> read_buckets(pg::Pool& pool, const std::string& device_id,
                                                        Values kind,
                                                        const std::vector<std::string>& attributes,
                                                        const HistoryRange& range);

}  // namespace turnkey::ingest
