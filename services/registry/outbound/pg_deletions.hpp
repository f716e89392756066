// SPDX-License-Identifier: Apache-2.0
// Devices that were deleted, in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <cstdint>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/device.hpp"

namespace turnkey::registry::pg_deletions {

struct Deletion {
  core::DeviceId device_id;
  std::string serial;
  core::RecipeId recipe_id;
  std::string register_attribute;
  std::int64_t revision = 0;
  core::Timestamp at;
};

// The device's row and its presence go; its keys stay, revoked, for the broker to learn of.
void remove(pqxx::work& tx, const Deletion& deletion, const std::string& request_key);
bool done_already(pqxx::work& tx, const std::string& serial, const std::string& request_key);
std::vector<Deletion> after(pqxx::work& tx, std::int64_t revision, int limit);  // by revision
// What is left of devices that are not there any more: presence that came late, and keys revoked before that.
void sweep(pqxx::work& tx, core::Timestamp revoked_before);

}  // namespace turnkey::registry::pg_deletions
