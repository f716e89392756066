// SPDX-License-Identifier: Apache-2.0
#include "domain/scopes.hpp"

#include <algorithm>

namespace turnkey::gateway {
namespace {

constexpr ScopedRoute kRoutes[] = {
    {"POST", "/api/devices/{serial}/commands", "devices"},
    {"POST", "/api/devices/{serial}/release", "devices"},
    {"POST", "/api/devices/{serial}/release-undo", "devices"},
    {"POST", "/api/devices/{serial}/replacement", "devices"},
    {"PATCH", "/api/devices/{serial}", "devices"},
    {"DELETE", "/api/devices/{serial}", "devices"},
    {"POST", "/api/devices/{serial}/credentials", "devices"},
    {"PATCH", "/api/devices/{serial}/credentials/{accessKey}", "devices"},
    {"DELETE", "/api/devices/{serial}/credentials/{accessKey}", "devices"},
    {"POST", "/api/releases", "devices"},
    {"POST", "/api/consent-requests/{id}/grant", "devices"},
    {"POST", "/api/consent-requests/{id}/decline", "devices"},
    {"POST", "/api/notices/{id}/read", "devices"},
    {"POST", "/api/recipes/{id}/batches", "batches"},
    {"POST", "/api/recipes/{id}/registration-tokens", "batches"},
    {"DELETE", "/api/registration-tokens/{id}", "batches"},
    {"POST", "/api/registration-keys", "batches"},
    {"DELETE", "/api/registration-keys/{kid}", "batches"},
    {"POST", "/api/devices/{serial}/consent-requests", "provision"},
    {"POST", "/api/provisionings", "provision"},
    {"DELETE", "/api/provisionings/{id}", "provision"},
    {"POST", "/api/provisionings/{id}/completion", "provision"},
    {"POST", "/api/provisionings/{id}/blinks", "provision"},
    {"POST", "/api/provisionings/{id}/identify", "provision"},
    {"POST", "/api/recipes", "recipes"},
    {"PATCH", "/api/recipes/{id}", "recipes"},
    {"POST", "/api/recipes/{id}/rollout", "recipes"},
    {"PUT", "/api/recipes/{id}/models/{key}/picture", "recipes"},
    {"POST", "/api/groups", "people"},
    {"PATCH", "/api/groups/{id}", "people"},
    {"DELETE", "/api/groups/{id}", "people"},
    {"POST", "/api/users", kEveryScope},
    {"PATCH", "/api/users/{id}", "people"},
    {"DELETE", "/api/users/{id}", "people"},
    {"POST", "/api/users/invitations", kEveryScope},
    {"POST", "/api/users/{id}/password-reset", kEveryScope},
    {"POST", "/api/users/{id}/sign-out", "people"},
    {"POST", "/api/users/{id}/erasure", kEveryScope},
    {"POST", "/api/groups/{id}/erasure", kEveryScope},
    {"POST", "/api/passes", kEveryScope},
    {"DELETE", "/api/passes/{id}", "people"},
    {"POST", "/api/integrations", kEveryScope},
    {"PATCH", "/api/integrations/{id}", kEveryScope},
    {"POST", "/api/integrations/{id}/rotation", kEveryScope},
    {"DELETE", "/api/integrations/{id}", "devices"},
    {"POST", "/api/tokens", "tokens"},
    {"DELETE", "/api/tokens/{id}", "tokens"},
};

constexpr std::string_view kAll[] = {"read",   "tokens",  "devices", "provision",
                                     "people", "batches", "recipes"};
constexpr std::size_t kOfViewers = 2, kOfTechnicians = 4, kOfAdmins = 5;  // of the above

}  // namespace

std::span<const std::string_view> scopes_of_role(std::string_view role) {
  const std::span<const std::string_view> all(kAll);
  if (role == "viewer") return all.first(kOfViewers);
  if (role == "technician") return all.first(kOfTechnicians);
  if (role == "admin") return all.first(kOfAdmins);
  return all;
}

std::span<const ScopedRoute> scoped_routes() { return kRoutes; }

std::string_view scope_of(std::string_view method, std::string_view pattern) {
  const auto route = std::find_if(std::begin(kRoutes), std::end(kRoutes), [&](const ScopedRoute& one) {
    return one.method == method && one.pattern == pattern;
  });
  return route == std::end(kRoutes) ? kSessionsOnly : route->scope;
}

}  // namespace turnkey::gateway
