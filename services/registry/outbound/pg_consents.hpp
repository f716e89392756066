// SPDX-License-Identifier: Apache-2.0
// Requests for an owner's consent in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/consent.hpp"
#include "domain/user.hpp"

namespace turnkey::registry::pg_consents {

// Until the end of the transaction, this user's asks are counted by nobody else.
void lock_asks(pqxx::work& tx, const core::UserId& user);
// When the oldest of the user's last `count` asks since then was; nothing when there are fewer.
std::optional<core::Timestamp> oldest_of_last(pqxx::work& tx, const core::UserId& user, int count,
                                              core::Timestamp since);
void add_ask(pqxx::work& tx, const core::UserId& user, core::Timestamp now);

// May this user take the device with this serial, its owner being who they asked? One question for every
// serial, whether there is such a device or not.
bool granted(pqxx::work& tx, const std::string& serial, const core::UserId& user, core::Timestamp now);

std::optional<ConsentRequest> find(pqxx::work& tx, const ConsentRequestId& id);
std::optional<ConsentRequest> find(pqxx::work& tx, const core::DeviceId& device,
                                   const core::UserId& requester);
void save(pqxx::work& tx, const ConsentRequest& request);  // in place of the one of its device and requester

// As those who decide see it.
struct Shown {
  ConsentRequest request;
  std::string serial;
  std::string device_name;
  std::string group_name;  // where it is
  std::string requester_name;
  std::string requester_email;
};
struct Filter {
  bool open_only = false;
  std::optional<ConsentRequestId> after{};
  int limit = 50;
};
// About devices of the reader's groups, newest first; those that are void or too old are left out.
std::vector<Shown> list(pqxx::work& tx, const User& reader, const Filter& filter, core::Timestamp now);
Shown show(pqxx::work& tx, const ConsentRequestId& id);  // it is there, and its device is somebody's

void sweep(pqxx::work& tx, core::Timestamp now);  // what is void, too old or counts no more

}  // namespace turnkey::registry::pg_consents
