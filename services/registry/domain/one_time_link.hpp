// SPDX-License-Identifier: Apache-2.0
// Links that prove who somebody is without a password: an invitation and a password's reset once, a pass as
// long as it lasts. The token stands behind the `#` of the link, which browsers never send. Pure.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

enum class LinkKind { invitation, password_reset, first_operator, pass };

inline constexpr std::array<std::pair<LinkKind, std::string_view>, 4> kLinkKinds = {{
    {LinkKind::invitation, "invitation"},
    {LinkKind::password_reset, "password_reset"},
    {LinkKind::first_operator, "first_operator"},
    {LinkKind::pass, "pass"},
}};
constexpr std::string_view to_string(LinkKind kind) {
  for (const auto& [value, name] : kLinkKinds)
    if (value == kind) return name;
  return "";
}

struct OneTimeLink {
  LinkKind kind = LinkKind::invitation;
  core::UserId user_id;
  core::UserId created_by;
  core::Timestamp expires_at;
};

}  // namespace turnkey::registry
