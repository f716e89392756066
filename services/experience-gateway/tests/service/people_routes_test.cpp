// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>

#include "core/random.hpp"
#include "domain/scopes.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

std::string filled(std::string pattern, const std::string& serial) {
  for (std::size_t at = pattern.find('{'); at != std::string::npos; at = pattern.find('{')) {
    const std::string name = pattern.substr(at + 1, pattern.find('}') - at - 1);
    pattern.replace(at, name.size() + 2, name == "serial" ? serial : core::random_hex_id());
  }
  return pattern;
}

// Every body that a change of ours could take: what a route does not know of it, it has to refuse.
const Json kMassAssignment = {
    {"groupId", "0123456789abcdef01234567"}, {"role", "operator"},
    {"owner", "0123456789abcdef01234567"},   {"secret", "planted-by-the-sender"},
    {"id", "0123456789abcdef01234567"},      {"actor", {{"userId", "0123456789abcdef01234567"}}}};

}  // namespace

TEST_CASE("S17 no route that changes something takes fields that are not its own, and none goes further") {
  auto& s = stage();
  const auto person = s.person("operator");
  const Browser browser = s.browser(person);
  const auto device = s.device(person.id, s.clock.now());
  std::mutex mutex;
  std::vector<std::string> planted;
  const Curtain curtain;
  const auto watch = [&](Played& played, const std::vector<std::string>& methods) {
    for (const auto& method : methods)
      played.on(method, [&, method](const Json& request) -> core::Result<Json> {
        const std::lock_guard lock(mutex);
        if (request.dump().find("planted") != std::string::npos) planted.push_back(method);
        return core::not_found();
      });
  };
  const std::vector<std::string> of_registry = {
      "create_group",          "update_group",        "delete_group",         "create_user",
      "update_user",           "delete_user",         "invite_user",          "reset_password",
      "sign_out_user",         "create_pass",         "delete_pass",          "create_token",
      "delete_token",          "release_device",      "register_batch",       "sign_in",
      "create_first_operator", "check_one_time_link", "redeem_one_time_link", "change_account"};
  const std::vector<std::string> of_provisioning = {"open", "complete", "answer_blinks", "identify",
                                                    "cancel"};
  watch(*s.registry, of_registry);
  watch(*s.provisioning, of_provisioning);
  int refused = 0;
  const auto check = [&](const std::string& method, const std::string& pattern) {
    INFO(method << " " << pattern);
    const std::string path = filled(pattern, device.serial);
    const auto answer =
        browser.send(method, path, "Content-Type: application/json\r\n", kMassAssignment.dump());
    CHECK((answer.status == 422 || answer.status == 404 || answer.status == 405 || answer.status == 409 ||
           answer.status == 415));
    refused += answer.status == 422 ? 1 : 0;
  };
  for (const auto& route : gateway::scoped_routes()) {
    // The registry reads recipes whole, and refuses what it does not know of them.
    if (route.pattern.starts_with("/api/recipes") && route.scope == "recipes") continue;
    check(std::string(route.method), std::string(route.pattern));
  }
  for (const char* path :
       {"/api/session", "/api/first-operator", "/api/one-time-links/check", "/api/one-time-links/redemption"})
    check("POST", path);
  check("PATCH", "/api/session");
  CHECK(planted.empty());
  CHECK(refused >= 20);
}

TEST_CASE("a body of a change says who and what by its own fields: the path says about whom") {
  auto& s = stage();
  const auto person = s.person("admin");
  const Browser browser = s.browser(person);
  Json seen;
  const auto record = [&](const Json& request) -> core::Result<Json> {
    seen = request;
    return Json{{"user", {{"id", "x"}}}, {"group", {{"id", "y"}}}, {"link", "l"}, {"expiresAt", "e"}};
  };
  const Curtain curtain;
  for (const char* method : {"invite_user", "reset_password", "sign_out_user", "update_group", "list_users"})
    s.registry->on(method, record);
  const auto id = core::random_hex_id();
  const Json invitation = {{"email", "a@x.example"}, {"name", "A"}, {"role", "viewer"}, {"groupIds", {id}}};
  const auto invited = browser.post("/api/users/invitations", invitation);
  CHECK(invited.status == 201);
  CHECK(invited.json()["link"] == "l");
  CHECK(invited.header("cache-control") == "no-store");
  CHECK(seen["actor"]["userId"] == person.id);
  CHECK(seen["groupIds"] == Json({id}));
  CHECK(browser.send("POST", "/api/users/" + id + "/password-reset", "", "").status == 201);
  CHECK(seen["id"] == id);
  CHECK(browser.send("POST", "/api/users/" + id + "/sign-out", "", "").status == 204);
  CHECK(browser.send("POST", "/api/users/none/sign-out", "", "").status == 404);
  const auto moved = browser.send("PATCH", "/api/groups/" + id, "Content-Type: application/json\r\n",
                                  Json{{"parentId", nullptr}}.dump());
  CHECK(moved.status == 200);
  CHECK(seen.contains("parentId"));
  CHECK(seen["parentId"].is_null());
  CHECK(browser.get("/api/users?q=ann&cursor=b%40x&limit=7").status == 200);
  CHECK(seen["q"] == "ann");
  CHECK(seen["cursor"] == "b@x");
  CHECK(seen["limit"] == 7);
}

TEST_CASE("S18 a link's token comes in the body alone, from our own pages, and opens a session by cookie") {
  auto& s = stage();
  const std::string token = core::random_hex(32), session = core::random_hex(32);
  Json seen;
  const Curtain curtain;
  s.registry->on("check_one_time_link", [&](const Json& request) -> core::Result<Json> {
    seen = request;
    if (request.at("token") != token) return core::unauthorized("This link is not valid.");
    return Json{{"kind", "invitation"}, {"email", "a@x.example"}};
  });
  s.registry->on("redeem_one_time_link", [&](const Json& request) -> core::Result<Json> {
    seen = request;
    if (request.at("token") != token) return core::unauthorized("This link is not valid.");
    return Json{{"user", {{"id", "x"}}}, {"sessionToken", session}, {"expiresAt", "x"}};
  });
  Browser nobody{s.app->http_port()};
  CHECK(nobody.post("/api/one-time-links/check", {{"token", token}}).json()["kind"] == "invitation");
  CHECK(seen["remoteAddress"] == "127.0.0.1");
  CHECK(nobody.post("/api/one-time-links/check", {{"token", token}, {"remoteAddress", "1.2.3.4"}}).status ==
        422);
  const auto in = nobody.post("/api/one-time-links/redemption", {{"token", token}, {"password", "p"}});
  CHECK(in.status == 200);
  CHECK(in.header("set-cookie").find("turnkey_session=" + session + "; Path=/; HttpOnly; Secure") == 0);
  CHECK(in.body.find(session) == std::string::npos);
  const auto unknown = nobody.post("/api/one-time-links/check", {{"token", "other"}});
  const auto refused = nobody.post("/api/one-time-links/redemption", {{"token", "other"}});
  CHECK(unknown.status == 401);
  CHECK(refused.bytes() == unknown.bytes());
  CHECK(refused.header("set-cookie").empty());
  nobody.origin = "https://evil.example";
  CHECK(nobody.post("/api/one-time-links/check", {{"token", token}}).status == 403);
  CHECK(nobody.post("/api/one-time-links/redemption", {{"token", token}}).status == 403);
}

TEST_CASE("S11 a pass's stream ends when the pass does") {
  auto& s = stage();
  const auto pass = s.person("technician", s.clock.now() + 1min);
  const auto device = s.device(pass.id, s.clock.now());
  Stream stream(s.browser(pass), "/api/devices/" + device.serial + "/events");
  REQUIRE(eventually([&] { return stream.text().find("HTTP/1.1 200") == 0; }));
  s.clock.advance(1min - 1ms);
  CHECK(s.browser(pass).get("/api/session").status == 200);
  CHECK_FALSE(stream.ended());
  s.clock.advance(1ms);
  CHECK(eventually([&] { return stream.ended(); }, 2s));
  CHECK(s.browser(pass).get("/api/session").status == 401);
}

TEST_CASE("the ledger is sent as a file page by page, a line an object, and cut off when a page is missing") {
  auto& s = stage();
  const auto person = s.person("operator");
  const Browser browser = s.browser(person);
  std::atomic<bool> fails{false};
  std::mutex mutex;
  std::vector<Json> asked;
  const Curtain curtain;
  s.registry->on("export_ledger", [&](const Json& request) -> core::Result<Json> {
    const std::lock_guard lock(mutex);
    asked.push_back(request);
    const std::int64_t after = request.value("afterSeq", std::int64_t{0});
    if (fails && after == 4) return core::unavailable("away");
    Json items = Json::array();
    for (std::int64_t seq = after + 1; seq <= after + 2; ++seq)
      items.push_back({{"seq", seq}, {"line", "{\"seq\":" + std::to_string(seq) + "}"}, {"hash", "h"}});
    return Json{{"items", items}, {"more", after < 4}, {"throughSeq", 6}};
  });
  const auto chunked = browser.get("/api/ledger/export?from=2026-01-01T00%3A00%3A00.000Z");
  CHECK(chunked.status == 200);
  CHECK(chunked.header("content-type") == "application/x-ndjson");
  std::size_t lines = 0;
  for (int seq = 1; seq <= 6; ++seq)
    lines += chunked.body.find("{\"hash\":\"h\",\"line\":\"{\\\"seq\\\":" + std::to_string(seq)) !=
                     std::string::npos
                 ? 1
                 : 0;
  CHECK(lines == 6);
  CHECK(chunked.body.ends_with("0\r\n\r\n"));
  REQUIRE(asked.size() == 3);
  CHECK(asked[0]["from"] == "2026-01-01T00:00:00.000Z");
  CHECK_FALSE(asked[2].contains("from"));  // times are looked at once
  CHECK(asked[2]["throughSeq"] == 6);
  fails = true;
  CHECK_FALSE(browser.get("/api/ledger/export").body.ends_with("0\r\n\r\n"));
  s.registry->on("export_ledger", [](const Json&) -> core::Result<Json> { return core::not_found(); });
  CHECK(s.browser(s.person("admin")).get("/api/ledger/export").status == 404);

  Json seen;
  s.registry->on("list_ledger", [&](const Json& request) -> core::Result<Json> {
    seen = request;
    return Json{{"items", Json::array()}, {"nextCursor", nullptr}};
  });
  CHECK(
      browser
          .get("/api/ledger?act=group.moved&limit=5&serial=gen-1&person=p&from=2026-01-01T00%3A00%3A00.000Z")
          .status == 200);
  CHECK(seen["serial"] == "gen-1");
  CHECK(seen["person"] == "p");
  CHECK(seen["act"] == "group.moved");
  CHECK(seen["limit"] == 5);
  CHECK(seen["from"] == "2026-01-01T00:00:00.000Z");
  s.registry->on("verify_ledger", [&](const Json& request) -> core::Result<Json> {
    seen = request;
    return Json{{"lines", 7}, {"ok", false}, {"firstBroken", 3}};
  });
  CHECK(browser.get("/api/ledger/verification?cursor=2.ab").json()["firstBroken"] == 3);
  CHECK(seen["cursor"] == "2.ab");
}
