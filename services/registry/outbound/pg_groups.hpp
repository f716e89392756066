// SPDX-License-Identifier: Apache-2.0
// The tree of groups in PostgreSQL. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>
#include <vector>

#include "domain/device.hpp"

namespace turnkey::registry::pg_groups {

// Parents before children, siblings by name.
std::vector<Group> all(pqxx::work& tx);
struct Counts {
  int devices = 0;
  int connected = 0;
};
struct SeenGroups {
  std::vector<Group> groups;
  std::optional<Counts> stock;  // devices in no group; for operators only
};
// Likewise those that the reader may see, with the devices of each and below counted.
SeenGroups seen_by(pqxx::work& tx, const User& reader);
std::optional<Group> find(pqxx::work& tx, const core::GroupId& id);
bool name_taken(pqxx::work& tx, const std::optional<core::GroupId>& parent, const std::string& name,
                const core::GroupId& by_other_than);
bool has_devices(pqxx::work& tx, const core::GroupId& id);
bool has_users(pqxx::work& tx, const core::GroupId& id);
void insert(pqxx::work& tx, const Group& group, core::Timestamp now);
// The group and everything below: so many levels.
int height(pqxx::work& tx, const core::GroupId& id);
// Of it and everything below, in the order of their ids.
std::vector<core::GroupId> subtree(pqxx::work& tx, const core::GroupId& id);
// To below a group with this path; {}: it becomes a root.
void move(pqxx::work& tx, const Group& group, const std::vector<core::GroupId>& new_parent_path);
std::vector<core::UserId> users_of(pqxx::work& tx, const std::vector<core::GroupId>& groups);
void rename(pqxx::work& tx, const core::GroupId& id, const std::string& name);
void remove(pqxx::work& tx, const core::GroupId& id);
// Held until the end of the transaction: the shape of the tree does not change meanwhile. `exclusive` to
// change it.
void lock_tree(pqxx::work& tx, bool exclusive);

}  // namespace turnkey::registry::pg_groups
