// SPDX-License-Identifier: Apache-2.0
#include "http/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace turnkey::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return segments;
}

bool is_parameter(const std::string& segment) { return segment.size() > 2 && segment.front() == '{'; }

}  // namespace

std::size_t Router::add(std::string method, std::string_view pattern) {
  routes_.push_back({std::move(method), split(pattern)});
  return routes_.size() - 1;
}

bool Router::fits(const Route& route, const std::vector<std::string>& segments) {
  return std::equal(route.segments.begin(), route.segments.end(), segments.begin(), segments.end(),
                    [](const std::string& wanted, const std::string& given) {
                      return is_parameter(wanted) ? !given.empty() : wanted == given;
                    });
}

std::optional<Router::Match> Router::find(std::string_view method, std::string_view path) const {
  if (path.empty() || path.front() != '/') return std::nullopt;
  const auto segments = split(path);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].method != method || !fits(routes_[i], segments)) continue;
    Match match{i, {}};
    for (std::size_t s = 0; s < segments.size(); ++s) {
      const auto& wanted = routes_[i].segments[s];
      if (is_parameter(wanted)) match.parameters[wanted.substr(1, wanted.size() - 2)] = segments[s];
    }
    return match;
  }
  return std::nullopt;
}

std::string Router::methods_of(std::string_view path) const {
  if (path.empty() || path.front() != '/') return {};
  const auto segments = split(path);
  std::set<std::string> methods;
  for (const auto& route : routes_) {
    if (fits(route, segments)) methods.insert(route.method);
  }
  return fmt::format("{}", fmt::join(methods, ", "));
}

bool Router::knows_path(std::string_view path) const { return !methods_of(path).empty(); }

}  // namespace turnkey::http
