// SPDX-License-Identifier: Apache-2.0
// Asking an owner, the owner's answer, and notices, between a browser and a registry that the test plays.
#include <catch2/catch.hpp>

#include <set>

#include "core/random.hpp"
#include "domain/miss_limiter.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;

namespace {

std::string about(const std::string& serial) { return "/api/devices/" + serial + "/consent-requests"; }

}  // namespace

TEST_CASE("S4 asking for an unknown, a foreign and a deleted device is answered with the same bytes") {
  auto& s = stage();
  Asked asked("ask_consent", Json::object());
  const auto owner = s.person("admin");
  const auto foreign = s.device(owner.id, s.clock.now());
  const auto deleted = s.device(owner.id, s.clock.now());
  s.remove(deleted);
  const auto person = s.person("technician");
  std::set<std::string> bytes;
  for (const std::string& serial : {std::string("NEVER-MADE"), foreign.serial, deleted.serial,
                                    std::string("%20x"), std::string(200, 'A')}) {
    INFO(serial);
    const auto answer = s.browser(person).post(about(serial), {{"note", "Ours now"}});
    CHECK(answer.status == 202);
    CHECK(answer.json() == Json::object());
    bytes.insert(answer.bytes());
  }
  CHECK(bytes.size() == 1);
  CHECK(asked.last()["actor"]["userId"] == person.id);
  CHECK(asked.last()["serial"] == std::string(200, 'A'));
  CHECK(asked.last()["note"] == "Ours now");
}

TEST_CASE("S3 an ask counts as a serial that was not found, whatever it is about") {
  auto& s = stage();
  Asked asked("ask_consent", Json::object());
  const Browser browser = s.browser(s.person("technician"));
  for (int i = 0; i < gateway::MissLimiter::kMisses; ++i)
    REQUIRE(browser.post(about("GEN-1"), Json::object()).status == 202);
  const auto slowed = browser.post(about("GEN-1"), Json::object());
  CHECK(slowed.status == 429);
  CHECK_FALSE(slowed.header("retry-after").empty());
  CHECK(browser.get("/api/devices/NEVER-MADE").status == 429);
  CHECK(asked.count() == gateway::MissLimiter::kMisses);
}

TEST_CASE("what the registry refuses of an ask is told as it is") {
  auto& s = stage();
  const Browser browser = s.browser(s.person("technician"));
  s.registry->on("ask_consent",
                 [](const Json&) -> core::Result<Json> { return core::throttled("Wait.", 1234s); });
  const auto slowed = browser.post(about("GEN-1"), Json::object());
  CHECK(slowed.status == 429);
  CHECK(slowed.header("retry-after") == "1234");
  s.registry->on("ask_consent",
                 [](const Json&) -> core::Result<Json> { return core::conflict("Yours.", "own_device"); });
  const auto own = browser.post(about("GEN-1"), Json::object());
  CHECK(own.status == 409);
  CHECK(own.json()["code"] == "own_device");
  s.registry->on("ask_consent", nullptr);
  CHECK(browser.post(about("GEN-1"), Json::object()).bytes() == browser.get("/api/devices/GEN-1").bytes());
}

TEST_CASE("S17 an ask and an answer have no more fields than their own, and come from our own pages") {
  auto& s = stage();
  const std::string id = core::random_hex_id();
  Asked asked("ask_consent", Json::object());
  Asked granted("grant_consent", {{"request", Json::object()}});
  const auto person = s.person("admin");
  const Browser browser = s.browser(person);
  for (const char* field : {"state", "grantedUntil", "requester", "owner", "serial", "actor"}) {
    INFO(field);
    CHECK(browser.post(about("GEN-1"), {{"note", "N"}, {field, "x"}}).status == 422);
    CHECK(browser.post("/api/consent-requests/" + id + "/grant", {{field, "x"}}).status == 422);
  }
  const Browser evil{browser.port, browser.token, "https://evil.example"};
  CHECK(evil.post(about("GEN-1"), Json::object()).status == 403);
  CHECK(evil.post("/api/consent-requests/" + id + "/grant", Json::object()).status == 403);
  CHECK(asked.count() + granted.count() == 0);
}

TEST_CASE("requests are listed and answered, and notices listed and read, as the registry says") {
  auto& s = stage();
  const std::string id = core::random_hex_id();
  const Json page = {{"items", Json::array()}, {"nextCursor", nullptr}};
  Asked list("list_consent_requests", page);
  Asked granted("grant_consent", {{"request", {{"state", "granted"}}}});
  Asked declined("decline_consent", {{"request", {{"state", "declined"}}}});
  Asked notices("list_notices", page);
  Asked read("mark_notice_read", Json::object());
  const auto person = s.person("admin");
  const Browser browser = s.browser(person);
  CHECK(browser.get("/api/consent-requests?state=open&limit=7&cursor=" + id).json() == page);
  CHECK(list.last() ==
        Json{{"actor", {{"userId", person.id}}}, {"state", "open"}, {"limit", 7}, {"cursor", id}});
  CHECK(browser.post("/api/consent-requests/" + id + "/grant", Json::object()).json() ==
        Json{{"state", "granted"}});
  CHECK(granted.last()["id"] == id);
  CHECK(browser.post("/api/consent-requests/" + id + "/decline", Json::object()).json() ==
        Json{{"state", "declined"}});
  CHECK(browser.get("/api/notices?state=unread").json() == page);
  CHECK(notices.last()["state"] == "unread");
  const auto marked = browser.post("/api/notices/" + id + "/read", Json::object());
  CHECK(marked.status == 204);
  CHECK(marked.body.empty());
  CHECK(read.last()["id"] == id);
  CHECK(browser.post("/api/consent-requests/none/grant", Json::object()).status == 404);
}

TEST_CASE("S5 programs ask with the scope to provision, and answer with the scope for devices") {
  auto& s = stage();
  const std::string id = core::random_hex_id();
  Asked asked("ask_consent", Json::object());
  Asked granted("grant_consent", {{"request", Json::object()}});
  const auto admin = s.person("admin");
  const auto status = [&](const char* scope, const std::string& path) {
    const std::string token = s.program_of(admin, {"read", scope}).token;
    return Browser{s.app->http_port(), "", ""}
        .post(path, Json::object(), "Authorization: Bearer " + token + "\r\n")
        .status;
  };
  CHECK(status("provision", about("GEN-1")) == 202);
  CHECK(status("devices", about("GEN-1")) == 403);
  CHECK(status("devices", "/api/consent-requests/" + id + "/grant") == 200);
  CHECK(status("provision", "/api/consent-requests/" + id + "/grant") == 403);
  CHECK(Browser{s.app->http_port(), ""}.post(about("GEN-1"), Json::object()).status == 401);
}
