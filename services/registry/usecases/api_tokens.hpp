// SPDX-License-Identifier: Apache-2.0
// The tokens of a user's programs: made, listed, taken back. Everybody has their own; operators see and end
// all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/api_token.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct NewToken {
  std::string name;
  std::vector<std::string> scopes;
  core::Timestamp expires_at;
  std::optional<std::vector<std::string>> within{};  // the scopes of the token that asks for it
};
struct MadeToken {
  ApiToken token;
  std::string secret;  // "tk_..."; shown once, only its hash is kept
};
// `invalid` with every field error; `conflict` for one token too many, and for passes, whose rights end with
// their link.
core::Result<MadeToken> create_token(const Context& context, const core::UserId& actor,
                                     const NewToken& wanted);

struct TokenPage {
  std::vector<ApiToken> items;
  std::optional<std::string> next_cursor;
};
// `all`: everybody's, for operators; for others it is not there.
core::Result<TokenPage> list_tokens(const Context& context, const core::UserId& actor, bool all,
                                    const std::string& cursor, int limit);
// Ends what the token has open within a second.
core::Result<core::Done> delete_token(const Context& context, const core::UserId& actor,
                                      const ApiTokenId& id);

}  // namespace turnkey::registry
