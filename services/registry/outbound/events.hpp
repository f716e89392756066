// SPDX-License-Identifier: Apache-2.0
// What the registry tells the others: written into the outbox within the transaction that changes the state,
// sent by the relay afterwards (`EventSender`).
#pragma once

#include <pqxx/transaction>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "contracts/messages.hpp"
#include "contracts/report_stamp.hpp"
#include "domain/device.hpp"
#include "domain/recipe.hpp"
#include "outbound/batch_announcer.hpp"
#include "outbound/pg_deletions.hpp"
#include "pg/outbox.hpp"

namespace turnkey::registry {

contracts::DeviceEvent device_event(const Device& device, const Recipe& recipe, std::string event,
                                    core::Timestamp at);
contracts::DeviceEvent deletion_event(const pg_deletions::Deletion& deletion);

namespace events {
void device_changed(pqxx::work& tx, const contracts::DeviceEvent& event);
void user_changed(pqxx::work& tx, const core::UserId& user, std::string event, core::Timestamp at);
void credentials_changed(pqxx::work& tx, const contracts::CredentialChanges& changes);
// The devices of a group that was moved, and of all below, are to be announced from here on; {}: all of them.
struct MovePosition {
  core::GroupId group{};    // groups of smaller ids are done
  core::DeviceId device{};  // of that group, this one and those of smaller ids are done
};
void group_moved(pqxx::work& tx, const core::GroupId& group, const MovePosition& after);
}  // namespace events

inline constexpr const char* kGroupMoved =
    "group_moved";  // an entry of usecases/announce_move, never sent itself

// Publishes outbox entries. Thread safe: it keeps nothing.
class EventSender {
 public:
  // Changes of credentials are told to Turnkey's plugin alone; other brokers read them from the database.
  EventSender(bus::Client& client, pg::Pool& pool, contracts::BrokerKind broker)
      : client_(client), batches_(client, pool), broker_(broker) {}
  bool send(const pg::OutboxEntry& entry);

 private:
  bus::Client& client_;
  BatchAnnouncer batches_;
  const contracts::BrokerKind broker_;
};

}  // namespace turnkey::registry
