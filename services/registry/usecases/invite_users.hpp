// SPDX-License-Identifier: Apache-2.0
// Users who choose their own password: by an invitation, or by a reset that somebody who administers them
// hands to them.
#pragma once

#include "usecases/administer_users.hpp"
#include "usecases/one_time_links.hpp"

namespace turnkey::registry {

struct Invited {
  User user;
  MadeLink link;  // for a week
};
// As `create_user`, without a password: nobody can sign in until the link is used. Again for somebody who has
// not come yet: the fields as they are now, and a new link in place of the old one.
core::Result<Invited> invite_user(const Context& context, const core::UserId& actor,
                                  const UserFields& fields);
// A link for a day; the password stays as it is until it is used.
core::Result<MadeLink> reset_password(const Context& context, const core::UserId& actor,
                                      const core::UserId& id);

}  // namespace turnkey::registry
