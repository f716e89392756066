// SPDX-License-Identifier: Apache-2.0
// The last release of each device in PostgreSQL: whose it was, so that it can be given back, and the request
// that it answered. Every function works in the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/device.hpp"

namespace turnkey::registry::pg_releases {

struct Request {
  core::UserId user;
  std::string idempotency_key;
  std::string hash_hex;  // of its secret part
  core::Timestamp requested_at;
  std::string access_key;  // what it was answered with; "" = no key
  std::string salt_hex;
};

struct Release {
  core::DeviceId device_id;
  core::Timestamp released_at;
  core::Timestamp undo_until;
  std::int64_t assignment_epoch = 0;  // the device's after the release
  Request request;
  std::optional<core::DeviceId> replaced_by{};
  core::GroupId group_id;
  std::string name;  // "" = forgotten
  std::optional<std::string> model{};
  Tags tags{};
  std::optional<core::Timestamp> provisioned_at{};
  std::optional<core::ProvisioningId> provisioning_id{};
  std::vector<std::string> revoked_keys{};
  bool undone = false;
};

std::optional<Release> find(pqxx::work& tx, const core::DeviceId& device);
// Nothing when its last release cannot be taken back any more.
std::optional<core::Timestamp> undoable_until(pqxx::work& tx, const Device& device, core::Timestamp now);
void save(pqxx::work& tx, const Release& release);  // in place of an earlier one
void answer(pqxx::work& tx, const core::DeviceId& device, const Request& request);  // a later request
void mark_undone(pqxx::work& tx, const core::DeviceId& device);

struct Undoable {
  core::DeviceId device_id;
  std::string serial;
  std::string name;
  std::string group_name;
  core::Timestamp released_at;
  core::Timestamp undo_until;
};
// Those of the reader's groups that can be taken back at `now`, newest first; after the one of `after` when
// that is given.
std::vector<Undoable> list(pqxx::work& tx, const User& reader, core::Timestamp now,
                           const std::optional<core::DeviceId>& after, int limit);
// Forgets what former owners called theirs when it cannot be taken back any more.
void forget_owners(pqxx::work& tx, core::Timestamp now);

}  // namespace turnkey::registry::pg_releases
