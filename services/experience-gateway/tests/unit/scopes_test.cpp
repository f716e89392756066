// SPDX-License-Identifier: Apache-2.0
#include "domain/scopes.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "domain/session_cache.hpp"

using namespace turnkey::gateway;

TEST_CASE("S5 a change that nobody gave a scope is for sessions only, and no token has that scope") {
  CHECK(scope_of("POST", "/api/groups") == "people");
  CHECK(scope_of("PUT", "/api/groups") == kSessionsOnly);
  CHECK(scope_of("DELETE", "/api/session") == kSessionsOnly);
  Session program;
  program.scopes = {"read", "devices", "batches", "provision", "recipes", "people", "tokens"};
  CHECK_FALSE(program.has_scope(kSessionsOnly));
  CHECK(program.has_scope("people"));
  program.scopes = std::vector<std::string>{};
  CHECK_FALSE(program.has_scope("read"));
  CHECK(Session{}.has_scope(kSessionsOnly));
}

TEST_CASE("S5 what lets people in takes every scope of the user's role, and a session has it") {
  CHECK(scope_of("POST", "/api/users/{id}/password-reset") == kEveryScope);
  Session program;
  program.role = "admin";
  program.scopes = {"read", "devices", "provision", "people", "tokens"};
  CHECK(program.has_scope(kEveryScope));
  program.role = "operator";
  CHECK_FALSE(program.has_scope(kEveryScope));
  program.scopes = {"read", "devices", "batches", "provision", "recipes", "people", "tokens"};
  CHECK(program.has_scope(kEveryScope));
  program.role = "a role that is new";
  CHECK(program.has_scope(kEveryScope));
  program.scopes->pop_back();
  CHECK_FALSE(program.has_scope(kEveryScope));
  CHECK(Session{}.has_scope(kEveryScope));
}

TEST_CASE("every route has one scope, and it is one that tokens can have") {
  const std::set<std::string_view> known = {"devices", "batches", "provision", "recipes",
                                            "people",  "tokens",  kEveryScope};
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& route : scoped_routes()) {
    INFO(route.method << " " << route.pattern);
    CHECK(known.count(route.scope) == 1);
    CHECK(route.method != "GET");
    CHECK(seen.emplace(route.method, route.pattern).second);
  }
}
