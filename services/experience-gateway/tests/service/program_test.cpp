// SPDX-License-Identifier: Apache-2.0
// Programs that speak with `Authorization: Bearer`.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "domain/scopes.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

std::string bearer(const Person& person) { return "Authorization: Bearer " + person.token + "\r\n"; }

// Without a cookie and without an origin, as programs are.
Browser program(Stage& s) { return {s.app->http_port(), "", ""}; }

std::string with_ids(std::string pattern) {
  for (std::size_t at = pattern.find('{'); at != std::string::npos; at = pattern.find('{'))
    pattern.replace(at, pattern.find('}') - at + 1, core::random_hex_id());
  return pattern;
}

}  // namespace

TEST_CASE(
    "a program's token goes before a cookie, needs no origin, and is refused whatever else comes along") {
  auto& s = stage();
  const auto person = s.person("viewer");
  const auto token = s.program_of(person, {"read", "tokens"});
  s.registry->on("create_token", [](const Json& request) -> core::Result<Json> {
    return Json{{"token", {{"id", "x"}, {"asked", request}}}, {"secret", "tk_"}};
  });
  const Browser one = program(s);
  CHECK(one.get("/api/session", bearer(token)).json()["user"]["id"] == person.id);
  CHECK(one.get("/api/session", bearer(token)).json()["scopes"] == Json({"read", "tokens"}));
  CHECK_FALSE(s.browser(person).get("/api/session").json().contains("scopes"));
  CHECK(one.get("/api/session", "authorization: bEARER " + token.token + "\r\n").status == 200);
  const Json body = {{"name", "n"}, {"scopes", {"read"}}, {"expiresAt", "2027-01-01T00:00:00.000Z"}};
  const auto made = one.post("/api/tokens", body, bearer(token));
  CHECK(made.status == 201);
  CHECK(made.json()["token"]["asked"]["within"] == Json({"read", "tokens"}));
  CHECK(made.json()["token"]["asked"]["actor"]["userId"] == person.id);

  const Browser browser = s.browser(s.person("operator"));
  CHECK(browser.get("/api/session", bearer(token)).json()["user"]["id"] == person.id);
  for (const std::string& wrong :
       {std::string("tk_") + std::string(64, '0'), std::string("tk_"), person.token, std::string()}) {
    INFO(wrong);
    CHECK(browser.get("/api/session", "Authorization: Bearer " + wrong + "\r\n").status == 401);
    CHECK(browser.post("/api/tokens", body, "Authorization: Bearer " + wrong + "\r\n").status == 401);
  }
  Browser cookie_only = browser;
  cookie_only.origin = "https://evil.example";
  CHECK(cookie_only.post("/api/tokens", body).status == 403);
  CHECK(browser.post("/api/tokens", body).json()["token"]["asked"].contains("within") == false);
}

TEST_CASE(
    "S5 every change needs its own scope, every reading `read`, and what has no scope is for sessions") {
  auto& s = stage();
  const auto person = s.person("operator");
  const Browser one = program(s);
  const auto is_refusal = [](const Answer& answer) {
    return answer.status == 403 && answer.json()["code"] == "missing_scope";
  };
  const std::vector<std::string> all = {"read",    "devices", "batches", "provision",
                                        "recipes", "people",  "tokens"};
  std::map<std::string, Person> with, without;
  for (const auto& scope : all) {
    std::vector<std::string> others = all;
    std::erase(others, scope);
    with[scope] = s.program_of(person, {scope});
    without[scope] = s.program_of(person, others);
  }
  with[std::string(kEveryScope)] = s.program_of(person, all);
  without[std::string(kEveryScope)] = without["recipes"];
  int served = 0;
  for (const auto& route : scoped_routes()) {
    const std::string method(route.method), path = with_ids(std::string(route.pattern)), scope(route.scope);
    INFO(method << " " << route.pattern);
    const auto ask = [&](const Person& token) {
      return one.send(method, path, bearer(token) + "Content-Type: application/json\r\n", "{}");
    };
    const auto refused = ask(without[scope]);
    if (refused.status == 404 || refused.status == 405) continue;  // not served by this gateway
    ++served;
    CHECK(is_refusal(refused));
    CHECK_FALSE(is_refusal(ask(with[scope])));
  }
  CHECK(served > 15);
  for (const char* path : {"/api/session", "/api/groups", "/api/devices", "/api/devices/GEN-1/events",
                           "/api/provisionings/0123456789abcdef01234567/events"}) {
    INFO(path);
    CHECK(is_refusal(one.get(path, bearer(without["read"]))));
    CHECK_FALSE(is_refusal(one.get(path, bearer(with["read"]))));
  }
  CHECK(is_refusal(one.send("DELETE", "/api/session", bearer(s.program_of(person, all)), "")));
  CHECK(scope_of("POST", "/api/not-in-the-table") == kSessionsOnly);
}

TEST_CASE("S5 a token for people alone lets nobody in, its own user neither") {
  auto& s = stage();
  const auto admin = s.person("admin");
  const auto narrow = s.program_of(admin, {"people"});
  const auto whole = s.program_of(admin, {"read", "devices", "provision", "people", "tokens"});
  const auto answer = [](const Json&) -> core::Result<Json> {
    return Json{{"user", {{"id", "x"}}}, {"pass", {{"id", "y"}}}, {"link", "l"}, {"expiresAt", "e"}};
  };
  const std::vector<std::string> methods = {"create_user", "update_user", "invite_user", "reset_password",
                                            "create_pass"};
  for (const auto& method : methods) s.registry->on(method, answer);
  const std::string self = "/api/users/" + admin.id;
  const std::vector<std::tuple<std::string, std::string, Json>> ways = {
      {"POST", "/api/users", {{"email", "a@x.example"}, {"password", "a-long-password"}}},
      {"POST", "/api/users/invitations", {{"email", "a@x.example"}}},
      {"POST", self + "/password-reset", Json::object()},
      {"PATCH", self, {{"password", "a-long-password"}}},
      {"PATCH", self, {{"name", "N"}, {"role", "admin"}}},
      {"PATCH", self, {{"groupIds", Json::array()}}},
      {"POST", "/api/passes", {{"groupId", admin.id}}}};
  const Browser one = program(s);
  for (const auto& [method, path, body] : ways) {
    INFO(method << " " << path << " " << body.dump());
    const auto ask = [&, &method = method, &path = path, &body = body](const std::string& headers) {
      return headers.empty()
                 ? s.browser(admin).send(method, path, "Content-Type: application/json\r\n", body.dump())
                 : one.send(method, path, headers + "Content-Type: application/json\r\n", body.dump());
    };
    const auto refused = ask(bearer(narrow));
    CHECK(refused.status == 403);
    CHECK(refused.json()["code"] == "missing_scope");
    CHECK(refused.json()["detail"].get<std::string>().find("every scope") != std::string::npos);
    CHECK(ask(bearer(whole)).status / 100 == 2);
    CHECK(ask("").status / 100 == 2);
  }
  CHECK(one.send("PATCH", self, bearer(narrow) + "Content-Type: application/json\r\n",
                 Json{{"name", "N"}}.dump())
            .status == 200);
}

TEST_CASE("S11 a program's stream ends within a second when its token does, by hand or by time") {
  auto& s = stage();
  const auto owner = s.person("technician");
  const auto device = s.device(owner.id, s.clock.now());
  const auto revoked = s.program_of(owner, {"read"});
  const auto kept = s.program_of(owner, {"read"});
  const std::string path = "/api/devices/" + device.serial + "/events";
  Stream ending(program(s), path, bearer(revoked));
  Stream staying(program(s), path, bearer(kept));
  REQUIRE(eventually(
      [&] { return ending.text().find("HTTP/1.1 200") == 0 && staying.text().find("HTTP/1.1 200") == 0; }));
  s.end_token(revoked);
  CHECK(eventually([&] { return ending.ended(); }, 1s));
  CHECK(program(s).get("/api/session", bearer(revoked)).status == 401);
  CHECK(program(s).get("/api/session", bearer(kept)).status == 200);
  CHECK_FALSE(staying.ended());

  const auto brief = s.program_of(owner, {"read"}, s.clock.now() + 5min);
  Stream timed(program(s), path, bearer(brief));
  REQUIRE(eventually([&] { return timed.text().find("HTTP/1.1 200") == 0; }));
  s.clock.advance(5min);
  CHECK(eventually([&] { return timed.ended(); }, 2s));
  CHECK(program(s).get("/api/session", bearer(brief)).status == 401);
}
