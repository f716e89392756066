// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/press_memory.hpp"
#include "pg/pool.hpp"

namespace turnkey::ingest {

// The presses since then with their devices, oldest first.
std::vector<std::pair<std::string, Press>> load_presses(pg::Pool& pool, core::Timestamp since);

}  // namespace turnkey::ingest
