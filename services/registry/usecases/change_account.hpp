// SPDX-License-Identifier: Apache-2.0
// What everybody may change of themselves: their name, and their password against the one that they have.
#pragma once

#include <optional>
#include <string>

#include "usecases/context.hpp"
#include "usecases/password_hasher.hpp"

namespace turnkey::registry {

struct NewPassword {
  std::string current;
  std::string wanted;
};

struct AccountChange {
  std::string session_token;  // whose account it is; an API token changes none
  std::string remote_address;
  std::optional<std::string> name{};
  std::optional<NewPassword> password{};
};

// A new password ends the user's other sessions, API tokens and links; the session that asks goes on.
// `unauthorized` without a session; `invalid` for a wrong current password, which counts as a failed sign-in:
// after too many of those `throttled`; `conflict` for a pass, which has neither. The same request again
// in this session, at once or after its answer was lost, is no wrong password.
core::Result<User> change_account(const Context& context, PasswordHasher& hasher,
                                  const AccountChange& wanted);

}  // namespace turnkey::registry
