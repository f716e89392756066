// SPDX-License-Identifier: Apache-2.0
// What integrations are told: written in the transaction that it happens in, once for each that hears it, for
// its topic and, where it has one, for its webhook.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "contracts/json.hpp"
#include "contracts/messages.hpp"
#include "domain/integration.hpp"

namespace turnkey::registry {

struct Occurrence {
  Announcement announcement;
  core::Timestamp at;
  // With type and device it makes the event's id: the same again when the same is told again.
  std::string once;
  contracts::Json data = nullptr;  // further facts of this type
};
contracts::Json to_json(const Occurrence& occurrence);  // proto/schemas/integration-event.json

namespace events {
// True when somebody hears of any of it.
bool occurred(pqxx::work& tx, const std::vector<Occurrence>& occurrences, core::Timestamp now);
// Of a device that was changed at its revision.
void registered(pqxx::work& tx, const std::vector<Device>& devices, core::Timestamp at);
void owner_changed(pqxx::work& tx, const Device& before, const Device& after, core::Timestamp at);
// Of one that says that it has a fault: once for each beginning, and once a minute
// at most. Nothing when it was somebody else's then.
void faulted(pqxx::work& tx, const contracts::Fault& fault, core::Timestamp now);
bool presence_changed(pqxx::work& tx, const std::vector<contracts::Presence>& changes, core::Timestamp now);
}  // namespace events

}  // namespace turnkey::registry
