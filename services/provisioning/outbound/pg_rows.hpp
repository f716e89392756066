// SPDX-License-Identifier: Apache-2.0
// How a provisioning lies in its table.
#pragma once

#include <pqxx/result>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/provisioning.hpp"

namespace turnkey::provisioning {

std::vector<Provisioning> read_rows(const pqxx::result& rows);  // of "select * from provisionings"
void insert_row(pqxx::work& tx, const Provisioning& window);
void update_row(pqxx::work& tx, const Provisioning& window);

}  // namespace turnkey::provisioning
