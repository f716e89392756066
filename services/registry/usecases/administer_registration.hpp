// SPDX-License-Identifier: Apache-2.0
// The tokens with which devices register themselves, and the keys that sign them. Operators only; for
// everybody else none of it exists.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "outbound/pg_registration.hpp"
#include "outbound/sealer.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct NewRegistrationToken {
  core::RecipeId recipe_id;
  std::string name;
  std::chrono::seconds lifetime{};
  int uses = 0;
  std::string serial_pattern;
};
struct IssuedToken {
  pg_registration::Token token;
  std::string jwt;  // shown once: it is not kept
};
// Signed by the active key, which is made when there is none. `conflict` when that cannot be opened: the seal
// key was changed, and a rotation helps.
core::Result<IssuedToken> create_registration_token(const Context& context, const Sealer& sealer,
                                                    const core::UserId& actor,
                                                    const NewRegistrationToken& wanted);
core::Result<std::vector<pg_registration::Token>> list_registration_tokens(const Context& context,
                                                                           const core::UserId& actor,
                                                                           const core::RecipeId& recipe);
core::Result<core::Done> revoke_registration_token(const Context& context, const core::UserId& actor,
                                                   const RegistrationTokenId& id);

core::Result<std::vector<pg_registration::Key>> list_registration_keys(const Context& context,
                                                                       const core::UserId& actor);
// A new one signs from now on; what the old one has signed stays valid.
core::Result<pg_registration::Key> rotate_registration_key(const Context& context, const Sealer& sealer,
                                                           const core::UserId& actor);
// What it has signed is void at once. Without an active key the next token makes one.
core::Result<core::Done> revoke_registration_key(const Context& context, const core::UserId& actor,
                                                 const RegistrationKeyId& id);

}  // namespace turnkey::registry
