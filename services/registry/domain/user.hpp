// SPDX-License-Identifier: Apache-2.0
// People who sign in, and what their role lets them do. Rights over objects come from groups: a user sees the
// groups they belong to and everything below; an operator sees the installation. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

using Tags = std::map<std::string, std::string>;

enum class Role { viewer, technician, admin, operator_ };  // each may do what the ones before it may
std::string_view to_string(Role role);
std::optional<Role> role_from(std::string_view name);

struct User {
  core::UserId id;
  std::string email;
  std::string name;
  Role role = Role::viewer;
  Tags tags{};
  std::vector<core::GroupId> group_ids{};
  std::optional<core::Timestamp> not_after{};  // a pass: no password, and no rights from then on

  bool is_pass() const { return not_after.has_value(); }
  bool is_operator() const { return role == Role::operator_; }
  bool may_provision() const { return role >= Role::technician; }
  bool may_command() const { return role >= Role::technician; }
  bool may_administer() const { return role >= Role::admin; }
  // Is a group with this path (ids from root to itself) theirs?
  bool sees(const std::vector<core::GroupId>& path) const;
};

std::string normalised_email(std::string_view text);  // trimmed, lower case
// One error for each thing that is wrong with it; `field` names the field in them.
void check_email(const std::string& email, std::vector<core::FieldError>& errors);
void check_password(const std::string& password, std::vector<core::FieldError>& errors);

}  // namespace turnkey::registry
