// SPDX-License-Identifier: Apache-2.0
// Finds the route of a path by its segments. Pure; not thread safe while routes are added.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnkey::http {

class Router {
 public:
  struct Match {
    std::size_t route;  // as `add` counted them
    std::map<std::string, std::string> parameters;
  };
  std::size_t add(std::string method, std::string_view pattern);
  std::optional<Match> find(std::string_view method, std::string_view path) const;
  bool knows_path(std::string_view path) const;         // with some method
  std::string methods_of(std::string_view path) const;  // "GET, POST"; "" for an unknown path

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
  };
  static bool fits(const Route& route, const std::vector<std::string>& segments);
  std::vector<Route> routes_;
};

}  // namespace turnkey::http
