// SPDX-License-Identifier: Apache-2.0
// Users, administered by admins within their own groups and by operators everywhere. An admin manages users
// whose groups are all within their own, and gives no more than role admin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_people.hpp"
#include "usecases/context.hpp"
#include "usecases/password_hasher.hpp"

namespace turnkey::registry {

// Fields that are not given stay as they are; creating needs email, name, password and role.
struct UserFields {
  std::optional<std::string> email{};
  std::optional<std::string> name{};
  std::optional<std::string> password{};
  std::optional<Role> role{};
  std::optional<Tags> tags{};
  std::optional<std::vector<core::GroupId>> group_ids{};
};

void merge(User& user, const UserFields& fields);

struct UserPage {
  std::vector<User> items;  // by email
  std::optional<std::string> next_cursor;
};
core::Result<UserPage> list_users(const Context& context, const core::UserId& actor,
                                  pg_people::Filter filter);
core::Result<User> create_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor,
                               const UserFields& fields);
// A new password ends the user's sessions and tokens; every change reaches open pages and streams within a
// second.
core::Result<User> update_user(const Context& context, PasswordHasher& hasher, const core::UserId& actor,
                               const core::UserId& id, const UserFields& fields);
core::Result<core::Done> delete_user(const Context& context, const core::UserId& actor,
                                     const core::UserId& id);
// Ends all of the user's sessions and API tokens, and what is open by them, within a second. Also one's own.
core::Result<core::Done> sign_out_user(const Context& context, const core::UserId& actor,
                                       const core::UserId& id);

}  // namespace turnkey::registry
