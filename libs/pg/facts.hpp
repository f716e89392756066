// SPDX-License-Identifier: Apache-2.0
// What ops wants to know of a database at a glance.
#pragma once

#include <chrono>
#include <cstdint>

namespace turnkey::pg {

class Pool;

struct DatabaseFacts {
  std::int64_t bytes = 0;             // of the whole database, every service's schema
  std::int64_t connections = 0;       // of everybody
  std::int64_t most_connections = 0;  // max_connections
  std::chrono::milliseconds round_trip{};
};

DatabaseFacts facts_of(Pool& pool);  // throws Unavailable

}  // namespace turnkey::pg
