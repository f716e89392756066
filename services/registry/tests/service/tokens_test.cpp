// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

Json wanted(System& s, std::vector<std::string> scopes, std::chrono::minutes life = 60min) {
  return {{"name", "ci"}, {"scopes", scopes}, {"expiresAt", core::to_iso(s.clock.now() + life)}};
}

core::ErrorCode code_of_session(System& s, const std::string& token) {
  const auto session = s.call("get_session", {{"sessionToken", token}});
  REQUIRE_FALSE(session.has_value());
  return session.error().code;
}

}  // namespace

TEST_CASE("a program's token acts as its user, narrowed by its scopes, until it ends") {
  auto& s = system();
  const auto id = s.user("program@x.example", "technician", s.group("Programs"));
  const auto made = s.must("create_token", System::as(id, wanted(s, {"devices", "read", "read"})));
  const std::string secret = made["secret"];
  CHECK(secret.size() == 67);
  CHECK(secret.starts_with("tk_"));
  CHECK(made["token"]["lastUsedAt"].is_null());
  const auto session = s.must("get_session", {{"sessionToken", secret}});
  CHECK(session["user"]["id"] == id);
  CHECK(session["scopes"] == Json({"devices", "read"}));
  CHECK(session["expiresAt"] == made["token"]["expiresAt"]);
  s.clock.advance(60min - 1ms);
  CHECK(s.call("get_session", {{"sessionToken", secret}}).has_value());
  s.clock.advance(1ms);
  CHECK(code_of_session(s, secret) == core::ErrorCode::unauthorized);
  CHECK(s.must("list_tokens", System::as(id, Json::object()))["items"].empty());
}

TEST_CASE("the use of a token is noted once a minute") {
  auto& s = system();
  const auto id = s.user("used@x.example", "viewer", s.group("Used"));
  const std::string secret = s.must("create_token", System::as(id, wanted(s, {"read"})))["secret"];
  const auto last_used = [&] {
    return s.must("list_tokens", System::as(id, Json::object()))["items"][0]["lastUsedAt"];
  };
  const auto first = s.clock.now();
  s.must("get_session", {{"sessionToken", secret}});
  s.clock.advance(1min - 1ms);
  s.must("get_session", {{"sessionToken", secret}});
  CHECK(last_used() == core::to_iso(first));
  s.clock.advance(1ms);
  s.must("get_session", {{"sessionToken", secret}});
  CHECK(last_used() == core::to_iso(s.clock.now()));
}

TEST_CASE("S2 S17 a token's secret is kept as a hash, and strange scopes, times and fields are refused") {
  auto& s = system();
  const auto id = s.user("strict@x.example", "viewer", s.group("Strict"));
  const std::string secret = s.must("create_token", System::as(id, wanted(s, {"read"})))["secret"];
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
    const auto name = table[0].as<std::string>();
    INFO(name);
    CHECK(tx.exec1("select count(*) from registry." + name + " t where t::text like '%" + secret.substr(3) +
                   "%'")[0]
              .as<int>() == 0);
  }
  const auto field_of = [&](const Json& change) {
    Json request = wanted(s, {"read"});
    request.update(change);
    const auto reply = s.call("create_token", System::as(id, request));
    REQUIRE_FALSE(reply.has_value());
    REQUIRE(reply.error().code == core::ErrorCode::invalid);
    return reply.error().fields.at(0).field;
  };
  CHECK(field_of({{"scopes", Json::array()}}) == "scopes");
  CHECK(field_of({{"scopes", {"read", "everything"}}}) == "scopes");
  CHECK(field_of({{"scopes", {"read", 1}}}) == "scopes");
  CHECK(field_of({{"expiresAt", core::to_iso(s.clock.now())}}) == "expiresAt");
  CHECK(field_of({{"expiresAt", core::to_iso(s.clock.now() + 24h * 366 + 1ms)}}) == "expiresAt");
  CHECK(field_of({{"name", ""}}) == "name");
  CHECK(field_of({{"userId", s.ops}}) == "userId");
  CHECK(field_of({{"within", {"tokens"}}}) == "scopes");  // a token gives no more than it has
  CHECK(s.call("create_token", System::as(id, wanted(s, {"read"}, 24h * 366))).has_value());
}

TEST_CASE("S5 S11 tokens are their user's own, operators see all, and ending one is said at once") {
  auto& s = system();
  const auto group = s.group("Own tokens");
  const auto id = s.user("own@x.example", "admin", group);
  const auto other = s.user("other@x.example", "admin", group);
  const auto made = s.must("create_token", System::as(id, wanted(s, {"read"})));
  const std::string secret = made["secret"];
  const Json one = {{"id", made["token"]["id"]}};
  std::atomic<int> events{0};
  const testing::Listening listening(*s.gateway, "registry/users/" + id,
                                     [&](const bus::Message&) { ++events; });

  CHECK(s.must("list_tokens", System::as(other, Json::object()))["items"].empty());
  CHECK(s.call("list_tokens", System::as(other, {{"all", true}})).error().code == core::ErrorCode::not_found);
  CHECK(s.call("delete_token", System::as(other, one)).error().code == core::ErrorCode::not_found);
  CHECK(s.must("list_tokens", System::as(s.ops, {{"all", true}})).dump().find(made["token"]["id"]) !=
        std::string::npos);
  CHECK(s.call("get_session", {{"sessionToken", secret}}).has_value());
  s.must("delete_token", System::as(s.ops, one));
  CHECK(code_of_session(s, secret) == core::ErrorCode::unauthorized);
  CHECK(eventually([&] { return events == 1; }, 1s));

  const std::string last = s.must("create_token", System::as(id, wanted(s, {"read"})))["secret"];
  s.must("delete_user", System::as(s.ops, {{"id", id}}));
  CHECK(code_of_session(s, last) == core::ErrorCode::unauthorized);
}

TEST_CASE("S11 a new password ends the user's tokens, however it comes, and a new name does not") {
  auto& s = system();
  const auto id = s.user("regained@x.example", "technician", s.group("Regained"));
  const auto token = [&] {
    return s.must("create_token", System::as(id, wanted(s, {"read"})))["secret"].get<std::string>();
  };
  const auto changed = token();
  s.must("update_user", System::as(s.ops, {{"id", id}, {"name", "Another name"}}));
  CHECK(s.call("get_session", {{"sessionToken", changed}}).has_value());
  s.must("update_user", System::as(s.ops, {{"id", id}, {"password", "another password"}}));
  CHECK(code_of_session(s, changed) == core::ErrorCode::unauthorized);

  const auto reset = token();
  const std::string link = s.must("reset_password", System::as(s.ops, {{"id", id}}))["link"];
  CHECK(s.call("get_session", {{"sessionToken", reset}}).has_value());
  s.must("redeem_one_time_link", {{"token", link.substr(link.find('#') + 1)},
                                  {"password", "chosen by themselves"},
                                  {"remoteAddress", "10.9.9.9"}});
  CHECK(code_of_session(s, reset) == core::ErrorCode::unauthorized);
}

TEST_CASE("fifty tokens are enough for one user") {
  auto& s = system();
  const auto id = s.user("many@x.example", "viewer", s.group("Many tokens"));
  std::string first;
  for (int i = 0; i < 50; ++i) {
    const auto made = s.must("create_token", System::as(id, wanted(s, {"read"})));
    if (i == 0) first = made["token"]["id"];
  }
  CHECK(s.call("create_token", System::as(id, wanted(s, {"read"}))).error().detail == "too_many_tokens");
  const auto page = s.must("list_tokens", System::as(id, {{"limit", 49}}));
  CHECK(page["items"].size() == 49);
  CHECK(s.must("list_tokens", System::as(id, {{"limit", 49}, {"cursor", page["nextCursor"]}}))["items"]
            .size() == 1);
  s.must("delete_token", System::as(id, {{"id", first}}));
  CHECK(s.call("create_token", System::as(id, wanted(s, {"read"}))).has_value());
}
