// SPDX-License-Identifier: Apache-2.0
// Integrations and their keys in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "domain/integration.hpp"

namespace turnkey::registry::pg_integrations {

struct Stored {
  Integration integration;
  std::string user;                     // the key that logs in now
  int waiting = 0;                      // deliveries of its webhook that will be tried
  int given_up = 0;                     // and that will not, any more
  std::string webhook_secret_sealed{};  // bytes; "" without a webhook
};

// Of the groups that the reader sees, all for an operator; by name.
std::vector<Stored> list(pqxx::work& tx, const User& reader);
std::optional<Stored> find(pqxx::work& tx, const core::IntegrationId& id);
// Held until the end of the transaction. Events may be written for it meanwhile.
void lock(pqxx::work& tx, const core::IntegrationId& id);
std::vector<core::IntegrationId> of_groups(pqxx::work& tx, const std::vector<core::GroupId>& groups);
int count_in(pqxx::work& tx, const std::optional<core::GroupId>& group);
void insert(pqxx::work& tx, const Stored& made, const core::UserId& by);
void update(pqxx::work& tx, const Stored& changed);  // name, events, webhook; a receiver's pause ends
void remove(pqxx::work& tx, const core::IntegrationId& id);

// Ends its key, and begins `next` where there is one; what the broker is to be told of it.
struct NewKey {
  std::string user;
  std::string secret_hash_hex;
};
contracts::CredentialChanges change_keys(pqxx::work& tx, const core::IntegrationId& id,
                                         const std::optional<NewKey>& next, std::int64_t revision,
                                         core::Timestamp now);

// Who hears events of this type at all: its group, and whether it has a webhook.
struct Hearer {
  core::IntegrationId id;
  std::optional<core::GroupId> group_id{};
  bool webhook = false;
};
// Those of the groups in `path` and of the whole installation.
std::vector<Hearer> hearers(pqxx::work& tx, EventType type, const std::vector<core::GroupId>& path);
bool anybody_hears(pqxx::work& tx, const std::vector<EventType>& types);

}  // namespace turnkey::registry::pg_integrations
