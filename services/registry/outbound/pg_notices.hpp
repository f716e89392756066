// SPDX-License-Identifier: Apache-2.0
// What the people of a group are told, in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/device.hpp"

namespace turnkey::registry {
using NoticeId = core::Id<struct NoticeTag>;
}

namespace turnkey::registry::pg_notices {

inline constexpr const char* kTakenOver = "device_taken_over";

// What its people had agreed to: they know who asked them.
struct Agreed {
  core::UserId with;
  core::Timestamp at;
};
// `device` as it was while it was theirs.
void insert(pqxx::work& tx, const std::string& kind, const Device& device, core::Timestamp now,
            const std::optional<Agreed>& agreed = std::nullopt);

struct AgreedShown {
  std::string name;
  std::string email;
  core::Timestamp at;
};
struct Notice {
  NoticeId id;
  std::string kind;
  std::string serial;
  std::string device_name;
  core::Timestamp at;
  bool read = false;                    // by its reader
  std::optional<AgreedShown> agreed{};  // not when that person is gone
};
struct Filter {
  core::Timestamp since{};
  bool unread_only = false;
  std::optional<NoticeId> after{};
  int limit = 50;
};
// Of the groups that the reader belongs to and all below, newest first. Operators have no more than these:
// what happens elsewhere is told to its own people.
std::vector<Notice> list(pqxx::work& tx, const User& reader, const Filter& filter);
// False when it is not one of the reader's.
bool mark_read(pqxx::work& tx, const User& reader, const NoticeId& id);
void sweep(pqxx::work& tx, core::Timestamp before);

}  // namespace turnkey::registry::pg_notices
