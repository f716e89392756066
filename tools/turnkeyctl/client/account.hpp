// SPDX-License-Identifier: Apache-2.0
// Whom the command line acts for: what `login` keeps in $XDG_CONFIG_HOME/turnkey/credentials.json.
#pragma once

#include <optional>
#include <string>

#include "client/private_file.hpp"
#include "http/target.hpp"
#include "world.hpp"

namespace turnkey::ctl {

struct Account {
  std::string url;
  std::string ca_file{};  // "" = the system's authorities
  std::string token{};
  std::string token_id{};  // so that `logout` can take the token back; "" when it is not known
};

Outcome<std::string> account_path(const World& world);
Outcome<std::optional<Account>> read_account(const World& world);  // nothing when nobody is signed in
Outcome<Done> write_account(const World& world, const Account& account);
Outcome<Done> remove_account(const World& world);

// "tk_" and 64 hex characters: nothing else may go into a header.
bool is_api_token(const std::string& text);

}  // namespace turnkey::ctl
