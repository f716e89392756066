// SPDX-License-Identifier: Apache-2.0
// The access keys of devices in PostgreSQL. Every function works in the caller's transaction. Who changes
// keys holds the lock of their device, and tells the broker of each change (`change_of`).
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "core/time.hpp"
#include "domain/credential.hpp"
#include "domain/device.hpp"

namespace turnkey::registry::pg_credentials {

// Those that are not revoked and have not ended first, the newest first among them; at most `limit`.
// `revoked_since` leaves out what was revoked before, in the life of the device with a former owner.
std::vector<DeviceCredential> of_device(pqxx::work& tx, const core::DeviceId& device, core::Timestamp now,
                                        std::optional<core::Timestamp> revoked_since, int limit);
std::vector<DeviceCredential> unrevoked_of(pqxx::work& tx, const core::DeviceId& device);
std::optional<DeviceCredential> find(pqxx::work& tx, const core::DeviceId& device,
                                     const std::string& access_key);

void insert(pqxx::work& tx, const DeviceCredential& credential, std::int64_t revision);
// A key without limits that nobody asked for by name: with the device, or by its release.
void insert(pqxx::work& tx, const core::DeviceId& device, const Credentials& credentials,
            std::int64_t revision, core::Timestamp now);
void update(pqxx::work& tx, const DeviceCredential& credential,
            std::int64_t revision);  // all but key, device, maker

// Revokes every key of the device that is not revoked, disabled and ended ones too; the keys.
std::vector<std::string> revoke_all(pqxx::work& tx, const core::DeviceId& device, std::int64_t revision,
                                    core::Timestamp now);

// What the broker is told of the key as it is now.
contracts::CredentialChange change_of(const DeviceCredential& credential);

}  // namespace turnkey::registry::pg_credentials
