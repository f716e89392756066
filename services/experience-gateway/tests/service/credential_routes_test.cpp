// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>

#include "core/random.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

namespace {

const std::string kKey = "3c6f0d2e-8b1a-4f57-9d3e-5a7b9c1d2e3f";
const Json kShown = {{"accessKey", kKey},
                     {"state", "active"},
                     {"createdAt", "2026-11-22T21:48:05.130Z"},
                     {"allowedAddresses", Json::array()}};

}  // namespace

TEST_CASE("keys of a device are listed, added, changed and revoked as the registry says, by who acts") {
  auto& s = stage();
  Json seen;
  const Curtain curtain;
  const auto playing = [&](const char* method, const Json& reply) {
    s.registry->on(method, [&seen, reply](const Json& request) -> core::Result<Json> {
      seen = request;
      return reply;
    });
  };
  playing("list_credentials", {{"items", {kShown}}});
  playing("add_credential", {{"credential", kShown}, {"accessSecret", "s"}});
  playing("update_credential", {{"credential", kShown}});
  playing("revoke_credential", Json::object());
  const auto admin = s.person("admin");
  const Browser browser = s.browser(admin);
  const std::string path = "/api/devices/GEN-1/credentials";

  CHECK(browser.get(path).json()["items"][0] == kShown);
  CHECK(seen == Json{{"actor", {{"userId", admin.id}}}, {"serial", "GEN-1"}});

  const auto made =
      browser.send("POST", path, "Content-Type: application/json\r\nIdempotency-Key: key-12345\r\n",
                   R"({"overlap_s":60,"allowedAddresses":["10.0.0.0/8"]})");
  CHECK(made.status == 201);
  CHECK(made.json()["accessSecret"] == "s");
  CHECK(made.header("cache-control") == "no-store");
  CHECK(seen == Json{{"actor", {{"userId", admin.id}}},
                     {"serial", "GEN-1"},
                     {"overlap_s", 60},
                     {"allowedAddresses", {"10.0.0.0/8"}},
                     {"idempotencyKey", "key-12345"}});
  CHECK(browser.post(path, Json::object()).status == 201);
  CHECK_FALSE(seen.contains("overlap_s"));

  CHECK(browser
            .send("PATCH", path + "/" + kKey, "Content-Type: application/json\r\n",
                  R"({"disabled":true,"validUntil":null})")
            .status == 200);
  CHECK(seen["accessKey"] == kKey);
  CHECK(seen["disabled"] == true);
  CHECK((seen.contains("validUntil") && seen["validUntil"].is_null()));
  CHECK(browser.send("DELETE", path + "/" + kKey, "", "").status == 204);
  CHECK(seen == Json{{"actor", {{"userId", admin.id}}}, {"serial", "GEN-1"}, {"accessKey", kKey}});
}

TEST_CASE("S17 a body about a key cannot name its secret, another device, another key or who acts") {
  auto& s = stage();
  int asked = 0;
  const Curtain curtain;
  for (const char* method : {"add_credential", "update_credential"})
    s.registry->on(method, [&asked](const Json&) -> core::Result<Json> {
      ++asked;
      return Json{{"credential", kShown}, {"accessSecret", "s"}};
    });
  const Browser browser = s.browser(s.person("admin"));
  const std::string path = "/api/devices/GEN-1/credentials";
  for (const char* field : {"accessSecret", "secretHash", "serial", "actor", "accessKey", "idempotencyKey",
                            "state", "createdBy"}) {
    INFO(field);
    const std::string body = Json{{field, "x"}}.dump();
    CHECK(browser.send("POST", path, "Content-Type: application/json\r\n", body).status == 422);
    CHECK(browser.send("PATCH", path + "/" + kKey, "Content-Type: application/json\r\n", body).status == 422);
  }
  CHECK(asked == 0);
}

TEST_CASE("S4 S5 keys of unknown and foreign devices, and unknown keys, are the same bytes on every route") {
  auto& s = stage();
  for (const char* method : {"list_credentials", "add_credential", "update_credential", "revoke_credential"})
    s.registry->on(method, nullptr);
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, s.clock.now());
  const Browser browser = s.browser(owner);
  std::set<std::string> bytes;
  for (const std::string& serial : {std::string("NEVER-MADE"), device.serial, std::string("%20x%2Fy")}) {
    const std::string path = "/api/devices/" + serial + "/credentials";
    for (const std::string& key : {kKey, std::string("none"), std::string("%00"), std::string("%FF")}) {
      for (const auto& answer :
           {browser.get(path), browser.post(path, Json::object()),
            browser.send("PATCH", path + "/" + key, "Content-Type: application/json\r\n", "{}"),
            browser.send("DELETE", path + "/" + key, "", "")}) {
        CHECK(answer.status == 404);
        bytes.insert(answer.bytes());
      }
    }
  }
  CHECK(bytes.size() == 1);
}
