// SPDX-License-Identifier: Apache-2.0
// The connection log: who came and went, when. Writing the same again changes nothing. A broker that started
// anew ended all sessions of the one before, which could not say so itself.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <vector>

#include "domain/batch.hpp"
#include "pg/pool.hpp"
#include "usecases/history.hpp"

namespace turnkey::ingest {

void write_connections(pqxx::work& tx, const std::vector<ConnectionEvent>& events);

// Newest first.
std::vector<ConnectionLine> read_connections(pg::Pool& pool, const std::string& device_id,
                                             std::optional<core::Timestamp> since, int limit);

}  // namespace turnkey::ingest
