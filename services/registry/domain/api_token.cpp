// SPDX-License-Identifier: Apache-2.0
#include "domain/api_token.hpp"

#include <algorithm>

namespace turnkey::registry {
namespace {

constexpr auto kLongestLife = std::chrono::hours(24 * 366);  // a year, whichever

template <typename Names>
bool among(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

bool is_scope(std::string_view name) { return among(kScopes, name); }

void check_new_token(const ApiToken& token, const std::optional<std::vector<std::string>>& within,
                     core::Timestamp now, std::vector<core::FieldError>& errors) {
  if (token.scopes.empty()) errors.push_back({"scopes", "required", "at least one scope is needed"});
  for (const auto& scope : token.scopes) {
    if (!is_scope(scope)) {
      errors.push_back({"scopes", "unknown", "these are no scopes"});
      break;
    }
    if (within && !among(*within, scope)) {
      errors.push_back({"scopes", "not_allowed", "a token gives no scope that it does not have"});
      break;
    }
  }
  if (token.expires_at <= now) errors.push_back({"expiresAt", "past", "a time to come is needed"});
  if (token.expires_at > now + kLongestLife)
    errors.push_back({"expiresAt", "too_late", "a token lives for a year at most"});
}

}  // namespace turnkey::registry
