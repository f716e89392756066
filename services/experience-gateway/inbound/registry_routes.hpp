// SPDX-License-Identifier: Apache-2.0
// Handlers of routes that hand a request on to one method of the registry, and its reply back.
#pragma once

#include <string>
#include <vector>

#include "inbound/routes.hpp"

namespace turnkey::gateway {

// A list as the registry gives it, asked for by these values of the query.
inline auto listing(const char* method, std::vector<std::string> names = {}) {
  return [method, names = std::move(names)](const Routes& routes, const http::Request& request,
                                            const Session& session) -> core::Result<http::Response> {
    contracts::Json query = contracts::Json::object();
    for (const auto& name : names) {
      const auto value = request.query_value(name);
      if (value && !value->empty())
        query[name] = name == "limit" ? number_of_query(*value) : contracts::Json(*value);
    }
    const auto list = routes.services.registry(method, acting(session.user_id, std::move(query)));
    if (!list) return list.error();
    return http::json_response(*list);
  };
}

// How the registry's reply becomes an answer: the value under `key`, all of it ("*"), or nothing ("").
struct Reply {
  const char* key;
  int status;
};

inline core::Result<http::Response> ask(const Routes& routes, const Session& session, const char* method,
                                        contracts::Json fields, const Reply& shown) {
  const auto reply = routes.services.registry(method, acting(session.user_id, std::move(fields)));
  if (!reply) return reply.error();
  const std::string key = shown.key;
  if (key.empty()) return http::empty_response(shown.status);
  return http::json_response(key == "*" ? *reply : reply->at(key), shown.status);
}

// A change with a body of these fields, about the `{id}` of the path when there is one.
inline auto change(const char* method, std::initializer_list<std::string_view> names, Reply shown) {
  return [method, allowed = std::vector<std::string_view>(names), shown](
             const Routes& routes, const http::Request& request,
             const Session& session) -> core::Result<http::Response> {
    auto fields = fields_of(request, allowed);
    if (!fields) return fields.error();
    if (!request.parameter("id").empty()) {
      const auto id = id_of_path(request);
      if (!id) return id.error();
      (*fields)["id"] = *id;
    }
    return ask(routes, session, method, std::move(*fields), shown);
  };
}

// A change that says all by its path.
inline auto change_by_path(const char* method, Reply shown) {
  return [method, shown](const Routes& routes, const http::Request& request,
                         const Session& session) -> core::Result<http::Response> {
    const auto id = id_of_path(request);
    if (!id) return id.error();
    if (const auto none = no_fields(request); !none) return none.error();
    return ask(routes, session, method, {{"id", *id}}, shown);
  };
}

}  // namespace turnkey::gateway
