// SPDX-License-Identifier: Apache-2.0
// Batches of devices in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/device.hpp"
#include "domain/user.hpp"

namespace turnkey::registry::pg_batches {

// Held until the end of the transaction: one import at a time. Throws `ImportRuns`, and the transaction is of
// no use any more, when another has it for longer than `patience`.
struct ImportRuns {};
void lock_imports(pqxx::work& tx, std::chrono::milliseconds patience);

// Held until the end of the transaction; false when another one has it.
bool claim_request(pqxx::work& tx, const std::string& request_id);

struct Batch {
  core::BatchId id;
  core::RecipeId recipe_id;
  core::UserId user_id;
  core::Timestamp created_at;
  std::string input_hash;  // 32 bytes
  std::string upload_id;   // the request that was answered last
  std::size_t devices = 0;
  std::size_t provisioned = 0;
};
std::optional<Batch> find_by_key(pqxx::work& tx, const core::UserId& user,
                                 const std::string& idempotency_key);
void insert(pqxx::work& tx, const Batch& batch, const std::string& idempotency_key);
void answered_by(pqxx::work& tx, const core::BatchId& batch, const std::string& upload_id);

// A batch as people are shown it.
struct Listed {
  Batch batch;
  std::string recipe_name;
  std::optional<User> created_by;  // name and email; nothing when that user is gone
};
// Newest first, those before `before` when it is given.
std::vector<Listed> list(pqxx::work& tx, const std::optional<core::RecipeId>& recipe,
                         const std::optional<core::BatchId>& before, int limit);
std::optional<Listed> find(pqxx::work& tx, const core::BatchId& id);
struct ListedDevice {
  std::string serial;
  std::string name;
  std::optional<std::string> model;
};
std::vector<ListedDevice> devices(pqxx::work& tx, const core::BatchId& batch, const std::string& after_serial,
                                  int limit);
void lock_devices(pqxx::work& tx, const core::BatchId& batch);

// What is known of a serial that exists.
struct Existing {
  std::string serial;
  core::DeviceId id;
  std::optional<core::BatchId> batch_id;
  std::string row_hash;  // "" when the device was not made from a row
};
std::vector<Existing> existing(pqxx::work& tx, const std::vector<std::string>& serials);

struct Progress {
  std::string phase;  // receiving checking writing finished failed
  std::int64_t rows = 0;
  std::int64_t done = 0;
  core::Timestamp updated_at{};
};
void write_progress(pqxx::work& tx, const core::UserId& user, const std::string& idempotency_key,
                    const Progress& progress);
std::optional<Progress> progress(pqxx::work& tx, const core::UserId& user,
                                 const std::string& idempotency_key);

// What is older than an hour, and outputs that have expired.
void sweep(pqxx::work& tx, core::Timestamp now);

}  // namespace turnkey::registry::pg_batches
