// SPDX-License-Identifier: Apache-2.0
// Devices, their credentials and their presence in PostgreSQL. Every function works in the caller's
// transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "core/time.hpp"
#include "domain/device.hpp"

namespace turnkey::registry::pg_devices {

// The next `count` revisions; the last of them. Held until the end of the transaction: take it late.
std::int64_t next_revisions(pqxx::work& tx, std::int64_t count = 1);

std::optional<Device> find_by_serial(pqxx::work& tx, const std::string& serial);
std::optional<Device> find(pqxx::work& tx, const core::DeviceId& id);
void lock(pqxx::work& tx, const core::DeviceId& id);  // FOR UPDATE: one hand-over at a time
std::vector<std::string> taken(pqxx::work& tx, const std::vector<std::string>& serials);

struct Filter {
  std::optional<core::GroupId> group{};  // it and everything below
  std::string q{};                       // part of serial or name
  std::optional<bool> connected{};
  std::string after_serial{};
  int limit = 50;
};
std::vector<Device> list(pqxx::work& tx, const User& reader, const Filter& filter);
std::vector<Device> changed_after(pqxx::work& tx, std::int64_t revision, int limit);  // by revision

struct NewDevice {
  Device device;
  Credentials credentials;
};
// `batch`: empty for devices of none.
void insert_all(pqxx::work& tx, const std::vector<NewDevice>& devices, const core::BatchId& batch,
                core::Timestamp now);
void update_owner(pqxx::work& tx,
                  const Device& device);  // name model group tags epoch provisioned_at revision

// Revokes every key of the device that is valid; the keys.
std::vector<std::string> revoke_credentials(pqxx::work& tx, const core::DeviceId& id, std::int64_t revision,
                                            core::Timestamp now);
void insert_credentials(pqxx::work& tx, const core::DeviceId& id, const Credentials& credentials,
                        std::int64_t revision, core::Timestamp now);

// Each newer than what is known, or it changes nothing. Devices in the order of their ids, none twice.
void write_presences(pqxx::work& tx, const std::vector<contracts::Presence>& presences);
void write_boot(pqxx::work& tx, const std::string& boot_id);

struct Batch {
  core::BatchId id;
  core::RecipeId recipe_id;
  core::Timestamp created_at;
  std::string input_hash_hex;
};
std::optional<Batch> find_batch(pqxx::work& tx, const core::UserId& user, const std::string& idempotency_key);
void insert_batch(pqxx::work& tx, const Batch& batch, const core::UserId& user,
                  const std::string& idempotency_key, std::size_t devices);
void lock_batch(pqxx::work& tx, const core::BatchId& batch);  // `lock` for all of its devices
std::vector<Device> devices_of_batch(pqxx::work& tx, const core::BatchId& batch);  // by serial

}  // namespace turnkey::registry::pg_devices
