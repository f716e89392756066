// SPDX-License-Identifier: Apache-2.0
// Tokens by which programs act as their user: with the user's rights, narrowed by the token's scopes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

using ApiTokenId = core::Id<struct ApiTokenTag>;

inline constexpr std::string_view kApiTokenPrefix = "tk_";
inline constexpr std::size_t kApiTokenLength = 67;  // "tk_" and 64 hex characters

// `read` is every GET and stream, the others are changes of one kind each.
inline constexpr std::string_view kScopes[] = {"read",    "devices", "batches", "provision",
                                               "recipes", "people",  "tokens"};
bool is_scope(std::string_view name);

struct ApiToken {
  ApiTokenId id;
  core::UserId user_id;
  std::string name;
  std::vector<std::string> scopes;
  core::Timestamp created_at;
  core::Timestamp expires_at;
  std::optional<core::Timestamp> last_used_at{};
};

// One error for each thing that is wrong. `within`: the scopes of the token that makes this one, which gives
// no more than it has; nothing for a session.
void check_new_token(const ApiToken& token, const std::optional<std::vector<std::string>>& within,
                     core::Timestamp now, std::vector<core::FieldError>& errors);

}  // namespace turnkey::registry
