// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_groups.hpp"

#include <unordered_map>

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_groups {
namespace {

const std::string kSelect =
    "select g.id, g.name, g.parent_id, array_to_string(g.path, ','), not exists (select from groups below "
    "where "
    "below.parent_id = g.id) from groups g ";

Group group_of(const pqxx::row& row) {
  Group group;
  group.id = core::GroupId::trusted(row[0].as<std::string>());
  group.name = row[1].as<std::string>();
  group.parent_id = id_of<core::GroupId>(row[2]);
  group.path = ids_of<core::GroupId>(row[3]);
  group.leaf = row[4].as<bool>();
  return group;
}

// Devices of each group, and how many of them are connected, of those that `condition` names. Conditions on
// the group alone are answered from the index `devices_group_id`.
pqxx::result counts(pqxx::work& tx, const std::string& condition) {
  return tx.exec(
      "select d.group_id, count(*), count(p.device_id) from devices d left join device_presence p on "
      "p.device_id = d.id and p.connected and p.boot_id = (select boot_id from broker_boot) where " +
      condition + " group by 1");
}

// Only devices that `reader` sees are looked at.
void add_counts(pqxx::work& tx, SeenGroups& seen, const User& reader) {
  std::unordered_map<core::GroupId, Group*> by_id;
  for (auto& group : seen.groups) by_id.emplace(group.id, &group);
  const std::string whose = reader.is_operator()
                                ? "d.group_id is not null"
                                : "d.group_id = any(array(select id from groups where path && " +
                                      tx.quote(array_literal(reader.group_ids)) + "::text[]))";
  for (const auto& row : counts(tx, whose)) {
    const auto it = by_id.find(core::GroupId::trusted(row[0].as<std::string>()));
    if (it == by_id.end()) continue;
    for (const auto& ancestor : it->second->path) {
      const auto above = by_id.find(ancestor);
      if (above == by_id.end()) continue;
      above->second->device_count += row[1].as<int>();
      above->second->connected_count += row[2].as<int>();
    }
  }
}

Counts count_stock(pqxx::work& tx) {
  const auto rows = counts(tx, "d.group_id is null");
  return rows.empty() ? Counts{} : Counts{rows[0][1].as<int>(), rows[0][2].as<int>()};
}

}  // namespace

std::vector<Group> all(pqxx::work& tx) {
  std::vector<Group> groups;
  for (const auto& row : tx.exec(kSelect + "order by array_length(g.path, 1), lower(g.name)"))
    groups.push_back(group_of(row));
  return groups;
}

SeenGroups seen_by(pqxx::work& tx, const User& reader) {
  SeenGroups seen{all(tx), std::nullopt};
  std::erase_if(seen.groups, [&](const Group& group) { return !reader.sees(group.path); });
  add_counts(tx, seen, reader);
  if (reader.is_operator()) seen.stock = count_stock(tx);
  return seen;
}

std::optional<Group> find(pqxx::work& tx, const core::GroupId& id) {
  const auto rows = tx.exec_params(kSelect + "where g.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return group_of(rows[0]);
}

bool name_taken(pqxx::work& tx, const std::optional<core::GroupId>& parent, const std::string& name,
                const core::GroupId& by_other_than) {
  return !tx.exec_params(
                "select from groups where coalesce(parent_id, '') = $1 and lower(name) = lower($2) and id <> "
                "$3",
                parent ? parent->str() : "", name, by_other_than.str())
              .empty();
}

bool has_devices(pqxx::work& tx, const core::GroupId& id) {
  return !tx.exec_params("select from devices where group_id = $1 limit 1", id.str()).empty();
}

bool has_users(pqxx::work& tx, const core::GroupId& id) {
  return !tx.exec_params("select from user_groups where group_id = $1 limit 1", id.str()).empty();
}

void insert(pqxx::work& tx, const Group& group, core::Timestamp now) {
  tx.exec_params(
      "insert into groups (id, name, parent_id, path, created_at) values ($1, $2, nullif($3, ''), "
      "$4::text[], "
      "$5::timestamptz)",
      group.id.str(), group.name, group.parent_id ? group.parent_id->str() : "", array_literal(group.path),
      core::to_iso(now));
}

int height(pqxx::work& tx, const core::GroupId& id) {
  return tx
      .exec_params1(
          "select max(array_length(b.path, 1)) - min(array_length(b.path, 1)) + 1 from groups b where b.path "
          "@> "
          "array[$1::text]",
          id.str())[0]
      .as<int>();
}

std::vector<core::GroupId> subtree(pqxx::work& tx, const core::GroupId& id) {
  std::vector<core::GroupId> ids;
  for (const auto& row :
       tx.exec_params("select id from groups where path @> array[$1::text] order by id", id.str()))
    ids.push_back(core::GroupId::trusted(row[0].as<std::string>()));
  return ids;
}

void move(pqxx::work& tx, const Group& group, const std::vector<core::GroupId>& new_parent_path) {
  tx.exec_params("update groups set path = $2::text[] || path[$3::int :] where path @> array[$1::text]",
                 group.id.str(), array_literal(new_parent_path), group.path.size());
  tx.exec_params("update groups set parent_id = nullif($2, '') where id = $1", group.id.str(),
                 new_parent_path.empty() ? "" : new_parent_path.back().str());
}

std::vector<core::UserId> users_of(pqxx::work& tx, const std::vector<core::GroupId>& groups) {
  std::vector<core::UserId> users;
  for (const auto& row : tx.exec_params(
           "select distinct user_id from user_groups where group_id = any($1::text[]) order by user_id",
           array_literal(groups)))
    users.push_back(core::UserId::trusted(row[0].as<std::string>()));
  return users;
}

void rename(pqxx::work& tx, const core::GroupId& id, const std::string& name) {
  tx.exec_params("update groups set name = $2 where id = $1", id.str(), name);
}

void remove(pqxx::work& tx, const core::GroupId& id) {
  tx.exec_params("delete from groups where id = $1", id.str());
}

void lock_tree(pqxx::work& tx, bool exclusive) {
  tx.exec(exclusive ? "select pg_advisory_xact_lock(hashtext('tree of groups'))"
                    : "select pg_advisory_xact_lock_shared(hashtext('tree of groups'))");
}

}  // namespace turnkey::registry::pg_groups
