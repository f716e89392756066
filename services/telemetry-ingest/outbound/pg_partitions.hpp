// SPDX-License-Identifier: Apache-2.0
// The partitions of `samples`, one a week. Replicas may make and drop them at the same time.
#pragma once

#include <vector>

#include "domain/partitions.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

void make_partition(pg::Pool& pool, const Week& week);
std::vector<Week> partitions(pg::Pool& pool);
// Drops those that end at `before` or earlier; says which.
std::vector<Week> drop_partitions(pg::Pool& pool, core::Timestamp before);

}  // namespace turnkey::ingest
