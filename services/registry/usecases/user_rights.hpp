// SPDX-License-Identifier: Apache-2.0
// Who administers whom: an admin those whose groups are all within their own, an operator everybody. Passes
// are nobody's to administer as users: they are given and taken back (usecases/passes).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/device.hpp"
#include "domain/ledger_line.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

using Groups = std::map<core::GroupId, Group>;

Groups groups_of(pqxx::work& tx);
bool all_within(const Groups& groups, const User& actor, const std::vector<core::GroupId>& ids);
bool manages(const Groups& groups, const User& actor, const User& user);
// What `user` has become must be something that the actor may make.
void check_made_user(pqxx::work& tx, const User& actor, const User& user,
                     std::vector<core::FieldError>& errors);
// A line about a user, for those who see all of the user's groups.
LedgerEntry line_about(const Groups& groups, const core::UserId& actor, std::string act, const User& user,
                       core::Timestamp now);
// Who acted is part of a life, but people of other tenants stay nameless: only those who see one of these
// groups themselves are named.
std::optional<User> named_to(const User& reader, const std::vector<core::GroupId>& groups,
                             std::optional<User> person);
core::Error wrong_fields(std::vector<core::FieldError> errors);

}  // namespace turnkey::registry
