// SPDX-License-Identifier: Apache-2.0
// Which scope a program's token needs for a change: one table of all routes that change something. A route
// that is not in it is for sessions only, so whoever forgets a line locks programs out, and lets none in.
// Reading needs the scope `read`, whatever the route. Pure.
#pragma once

#include <span>
#include <string_view>

namespace turnkey::gateway {

inline constexpr std::string_view kReadScope = "read";
inline constexpr std::string_view kSessionsOnly = "";

struct ScopedRoute {
  std::string_view method;
  std::string_view pattern;
  std::string_view scope;
};
std::span<const ScopedRoute> scoped_routes();
std::string_view scope_of(std::string_view method, std::string_view pattern);  // of a change

}  // namespace turnkey::gateway
