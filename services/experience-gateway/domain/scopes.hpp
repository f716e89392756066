// SPDX-License-Identifier: Apache-2.0
// Which scope a program's token needs for a change: one table of all routes that change something. A route
// that is not in it is for sessions only, so whoever forgets a line locks programs out, and lets none in.
// Reading needs the scope `read`, whatever the route.
//
// Who lets somebody in can come in by that door themselves, with a session and all that it may. So a token
// lets nobody in unless it may all that its user may: it needs every scope of the user's role. Pure.
#pragma once

#include <span>
#include <string_view>

namespace turnkey::gateway {

inline constexpr std::string_view kReadScope = "read";
inline constexpr std::string_view kSessionsOnly = "";
inline constexpr std::string_view kEveryScope = "*";  // all those of the user's role; no scope itself

struct ScopedRoute {
  std::string_view method;
  std::string_view pattern;
  std::string_view scope;
};
std::span<const ScopedRoute> scoped_routes();
// Those that mean something for a role, as the web app offers them.
std::span<const std::string_view> scopes_of_role(std::string_view role);
std::string_view scope_of(std::string_view method, std::string_view pattern);  // of a change

}  // namespace turnkey::gateway
