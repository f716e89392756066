// SPDX-License-Identifier: Apache-2.0
#include "usecases/user_rights.hpp"

#include <algorithm>

#include "outbound/pg_groups.hpp"
#include "outbound/pg_people.hpp"

namespace turnkey::registry {
namespace {

// The groups that all of these are in: of one its path, of several what they have in common.
std::vector<core::GroupId> shared_path(const Groups& groups, const std::vector<core::GroupId>& ids) {
  std::vector<core::GroupId> shared;
  bool first = true;
  for (const auto& id : ids) {
    const auto group = groups.find(id);
    if (group == groups.end()) return {};
    const auto& path = group->second.path;
    if (first) shared = path;
    first = false;
    const auto end = std::mismatch(shared.begin(), shared.end(), path.begin(), path.end()).first;
    shared.erase(end, shared.end());
  }
  return shared;
}

}  // namespace

Groups groups_of(pqxx::work& tx) {
  Groups groups;
  for (auto& group : pg_groups::all(tx)) groups.emplace(group.id, std::move(group));
  return groups;
}

bool all_within(const Groups& groups, const User& actor, const std::vector<core::GroupId>& ids) {
  return std::all_of(ids.begin(), ids.end(), [&](const core::GroupId& id) {
    const auto group = groups.find(id);
    return group != groups.end() && actor.sees(group->second.path);
  });
}

bool manages(const Groups& groups, const User& actor, const User& user) {
  if (user.is_pass()) return false;
  if (actor.is_operator()) return true;
  return actor.may_administer() && !user.is_operator() && !user.group_ids.empty() &&
         all_within(groups, actor, user.group_ids);
}

void check_made_user(pqxx::work& tx, const User& actor, const User& user,
                     std::vector<core::FieldError>& errors) {
  check_email(user.email, errors);
  if (pg_people::email_taken(tx, user.email, user.id))
    errors.push_back({"email", "taken", "a user with this address exists"});
  if (user.is_operator() && !actor.is_operator())
    errors.push_back({"role", "not_allowed", "viewer, technician or admin is needed"});
  if (!all_within(groups_of(tx), actor, user.group_ids) || (user.group_ids.empty() && !user.is_operator()))
    errors.push_back({"groupIds", "unknown", "own groups are needed, at least one"});
}

LedgerEntry line_about(const Groups& groups, const core::UserId& actor, std::string act, const User& user,
                       core::Timestamp now) {
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = actor;
  entry.groups = shared_path(groups, user.group_ids);
  entry.detail = {{"userId", user.id.str()}, {"role", to_string(user.role)}};
  return entry;
}

std::optional<User> named_to(const User& reader, const std::vector<core::GroupId>& groups,
                             std::optional<User> person) {
  if (!person || reader.is_operator() || person->sees(groups)) return person;
  return std::nullopt;
}

core::Error wrong_fields(std::vector<core::FieldError> errors) {
  return core::invalid("Some fields are not right.", std::move(errors));
}

}  // namespace turnkey::registry
