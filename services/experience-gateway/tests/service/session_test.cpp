// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;
using testing::eventually;

TEST_CASE("S18 the session's cookie is out of reach of scripts, of plain HTTP and of other sites' posts") {
  auto& s = stage();
  const std::string token = core::random_hex(32);
  const Curtain curtain;
  s.registry->on("sign_in", [&](const Json& request) -> core::Result<Json> {
    if (request.at("password") != "right")
      return core::unauthorized("The email or the password is not right.");
    return Json{{"user", {{"id", core::random_hex_id()}}}, {"sessionToken", token}, {"expiresAt", "x"}};
  });
  const Browser nobody{s.app->http_port()};
  const auto in = nobody.post("/api/session", {{"email", "a@x.example"}, {"password", "right"}});
  CHECK(in.status == 200);
  CHECK(in.header("set-cookie") ==
        "turnkey_session=" + token + "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600");
  CHECK(in.body.find(token) == std::string::npos);
  const auto wrong = nobody.post("/api/session", {{"email", "a@x.example"}, {"password", "wrong"}});
  CHECK(wrong.status == 401);
  CHECK(wrong.header("set-cookie").empty());

  s.registry->on("sign_out", [](const Json&) -> core::Result<Json> { return Json::object(); });
  const auto out = s.browser(s.person("viewer")).send("DELETE", "/api/session", "", "");
  CHECK(out.status == 204);
  CHECK(out.header("set-cookie").find("turnkey_session=; ") == 0);
  CHECK(out.header("set-cookie").find("Max-Age=0") != std::string::npos);
}

TEST_CASE("S18 changes and streams of other sites are refused, whoever's cookie comes along") {
  auto& s = stage();
  const auto person = s.person("operator");
  Browser own = s.browser(person);
  s.registry->on("list_groups", [](const Json&) -> core::Result<Json> {
    return Json{{"items", Json::array()}};
  });
  for (const char* origin : {"https://evil.example", "http://turnkey.example", "null", ""}) {
    Browser other = own;
    other.origin = origin;
    INFO(origin);
    CHECK(other.post("/api/session", {{"email", "a@x.example"}, {"password", "right"}}).status == 403);
    CHECK(other.post("/api/devices/GEN-1/release", Json::object()).status == 403);
    CHECK(other.send("DELETE", "/api/provisionings/" + core::random_hex_id(), "", "").status == 403);
    CHECK(other.get("/api/groups").status == 200);
  }
  Browser foreign = own;
  foreign.origin = "";
  CHECK(foreign.get("/api/devices/GEN-1/events", "Sec-Fetch-Site: cross-site\r\n").status == 403);
  foreign.origin = "https://evil.example";
  CHECK(foreign.get("/api/devices/GEN-1/events").status == 403);
}

TEST_CASE("a session is believed for a moment, and looked up again as soon as its user is changed [S11]") {
  auto& s = stage();
  const auto person = s.person("operator");
  const Browser browser = s.browser(person);
  const auto role = [&] { return browser.get("/api/session").json()["user"]["role"]; };
  CHECK(role() == "operator");
  const int asked = s.registry->asked("get_session");
  CHECK(role() == "operator");
  CHECK(s.registry->asked("get_session") == asked);
  s.change(person, "viewer");
  CHECK(eventually([&] { return role() == "viewer"; }, 1s));
  s.sign_out(person);
  CHECK(eventually([&] { return browser.get("/api/session").status == 401; }, 1s));
  CHECK(Browser{s.app->http_port(), "short"}.get("/api/session").status == 401);
  CHECK(Browser{s.app->http_port()}.get("/api/session").status == 401);
}

TEST_CASE("S3 S18 people change their account by their session: from our pages, slowed when they guess") {
  auto& s = stage();
  const auto person = s.person("viewer");
  Browser browser = s.browser(person);
  const std::string json = "Content-Type: application/json\r\n";
  const Json wanted = {{"name", "N"}, {"password", {{"current", "old password"}, {"new", "new password"}}}};
  Json seen;
  core::Result<Json> answer = Json{{"user", {{"id", person.id}, {"name", "N"}}}};
  s.registry->on("change_account", [&](const Json& request) -> core::Result<Json> {
    seen = request;
    return answer;
  });
  const auto changed = browser.send("PATCH", "/api/session", json, wanted.dump());
  CHECK(changed.status == 200);
  CHECK(changed.json()["user"]["name"] == "N");
  CHECK(changed.header("set-cookie").empty());  // the session stays
  CHECK(seen == Json{{"name", "N"},
                     {"password", wanted["password"]},
                     {"sessionToken", person.token},
                     {"remoteAddress", "127.0.0.1"}});
  answer = core::invalid("Some fields are not right.", {{"password.current", "wrong", "not your password"}});
  const auto wrong = browser.send("PATCH", "/api/session", json, wanted.dump());
  CHECK(wrong.status == 422);
  CHECK(wrong.json()["errors"][0]["field"] == "password.current");
  answer = core::throttled("Wait.", 60s);
  const auto slowed = browser.send("PATCH", "/api/session", json, wanted.dump());
  CHECK(slowed.status == 429);
  CHECK(slowed.header("retry-after") == "60");

  const auto program = s.program_of(person, {"read", "tokens"});
  const std::string bearer = "Authorization: Bearer " + program.token + "\r\n";
  CHECK(browser.send("PATCH", "/api/session", json + bearer, wanted.dump()).status == 403);
  browser.origin = "https://evil.example";
  CHECK(browser.send("PATCH", "/api/session", json, wanted.dump()).status == 403);
  CHECK(Browser{s.app->http_port()}.send("PATCH", "/api/session", json, wanted.dump()).status == 401);
  s.registry->on("change_account", nullptr);
}
