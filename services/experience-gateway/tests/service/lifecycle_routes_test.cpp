// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>

#include "core/base64.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* kJson = "Content-Type: application/json\r\n";

Answer patch(const Browser& browser, const std::string& path, const Json& body) {
  return browser.send("PATCH", path, kJson, body.dump());
}
Answer remove(const Browser& browser, const std::string& path) {
  return browser.send("DELETE", path, "", "");
}
Answer put(const Browser& browser, const std::string& path, const std::string& type,
           const std::string& bytes) {
  return browser.send("PUT", path, "Content-Type: " + type + "\r\n", bytes);
}

// Every route that changes the life of the device with this serial.
std::vector<Answer> all_about(const Browser& browser, const std::string& serial) {
  const std::string path = "/api/devices/" + serial;
  return {patch(browser, path, {{"name", "N"}}), remove(browser, path),
          browser.post(path + "/release", Json::object()),
          browser.post(path + "/release-undo", Json::object()),
          browser.post(path + "/replacement", {{"serial", "GEN-NEW"}})};
}

Json device_reply() { return {{"device", {{"serial", "GEN-1"}}}}; }

}  // namespace

TEST_CASE("S4 S5 unknown, foreign and deleted serials are the same bytes on every route of a device's life") {
  auto& s = stage();
  for (const char* method :
       {"update_device", "delete_device", "release_device", "undo_release", "replace_device"})
    s.registry->on(method, nullptr);
  const auto owner = s.person("admin");
  const auto foreign = s.device(owner.id, s.clock.now());
  const auto deleted = s.device(owner.id, s.clock.now());
  s.remove(deleted);
  std::set<std::string> bytes;
  for (const auto& person : {s.person("admin"), owner}) {
    const Browser browser = s.browser(person);
    for (const std::string& serial : {std::string("NEVER-MADE"), foreign.serial, deleted.serial,
                                      std::string("%20x%2Fy"), std::string(200, 'A')}) {
      for (const auto& answer : all_about(browser, serial)) {
        INFO(serial);
        CHECK(answer.status == 404);
        bytes.insert(answer.bytes());
      }
    }
  }
  const Browser browser = s.browser(owner);
  bytes.insert(browser.get("/api/devices/" + deleted.serial).bytes());
  bytes.insert(browser.get("/api/devices/" + deleted.serial + "/events").bytes());
  CHECK(bytes.size() == 1);
}

TEST_CASE("S11 a stream of a deleted device ends within a second") {
  auto& s = stage();
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, s.clock.now());
  Stream stream(s.browser(owner), "/api/devices/" + device.serial + "/events");
  REQUIRE(testing::eventually([&] { return stream.text().find("HTTP/1.1 200") == 0; }));
  s.remove(device);
  CHECK(testing::eventually([&] { return stream.ended(); }, 1s));
}

TEST_CASE("a stream shows the attributes of a recipe that was rolled out while it was open") {
  auto& s = stage();
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, core::SystemClock().now() - 1h);
  Stream stream(s.browser(owner), "/api/devices/" + device.serial + "/events");
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(testing::eventually([&] {
    session = s.broker->connect(device.device.identity());
    return session->connack() == 0;
  }));
  REQUIRE(testing::eventually([&] { return !stream.events("presence").empty(); }));
  s.roll_out(device, "oil");
  int value = 0;
  CHECK(testing::eventually([&] {
    REQUIRE(session->published(device.device.state(), Json{{"data", {{"oil", ++value}, {"rpm", 1}}}}.dump()));
    const auto events = stream.events("state");
    return !events.empty() && events.back().data["data"].contains("oil");
  }));
  CHECK_FALSE(stream.events("state").back().data["data"].contains("rpm"));
}

TEST_CASE("a device is edited with the fields that the page names, and with no others") {
  auto& s = stage();
  Asked asked("update_device", device_reply());
  const auto person = s.person("admin");
  const Browser browser = s.browser(person);
  const auto answer = patch(browser, "/api/devices/gen-1", {{"name", "Roof"}, {"tags", {{"a", "b"}}}});
  CHECK(answer.status == 200);
  CHECK(answer.json() == device_reply());
  CHECK(asked.last()["serial"] == "gen-1");
  CHECK(asked.last()["actor"]["userId"] == person.id);
  for (const char* field : {"serial", "actor", "owner", "provisionedAt", "secret"})  // [S17]
    CHECK(patch(browser, "/api/devices/gen-1", {{"name", "Roof"}, {field, "x"}}).status == 422);
  CHECK(asked.requests.size() == 1);
  const Browser evil{browser.port, browser.token, "https://evil.example"};
  CHECK(patch(evil, "/api/devices/gen-1", {{"name", "Roof"}}).status == 403);
  CHECK(asked.requests.size() == 1);
}

TEST_CASE("a release tells the registry what its secrets are made of, new with every request") {
  auto& s = stage();
  Asked asked("release_device", {{"device", Json::object()}, {"credentials", Json::object()}});
  const Browser browser = s.browser(s.person("admin"));
  const std::string header = "Idempotency-Key: key-12345\r\n";
  CHECK(browser.post("/api/devices/GEN-1/release", Json::object(), header).status == 200);
  const Json first = asked.last();
  CHECK(browser.post("/api/devices/GEN-1/release", Json::object(), header).status == 200);
  const Json second = asked.last();
  CHECK(first["idempotencyKey"] == "key-12345");
  CHECK(second["idempotencyKey"] == "key-12345");
  CHECK(first["secretPart"].get<std::string>().size() == 64);
  CHECK(first["secretPart"] != second["secretPart"]);
  CHECK(first["requestedAt"] == core::to_iso(s.clock.now()));
}

TEST_CASE("many releases come back as a file, and those that can be taken back are listed") {
  auto& s = stage();
  Asked many("release_devices", {{"csv", "serial,result\r\n'=A,not_found\r\n"}, {"released", 0}});
  Asked list("list_releases", {{"items", Json::array()}, {"nextCursor", nullptr}});
  Asked undo("undo_release", device_reply());
  const Browser browser = s.browser(s.person("admin"));
  const auto file = browser.post("/api/releases", {{"serials", {"=A"}}}, "Idempotency-Key: key-12345\r\n");
  CHECK(file.status == 200);
  CHECK(file.header("content-type") == "text/csv; charset=utf-8");
  CHECK(file.header("cache-control") == "no-store");
  CHECK(file.body == "serial,result\r\n'=A,not_found\r\n");
  CHECK(many.last()["serials"] == Json{"=A"});
  CHECK(many.last()["idempotencyKey"] == "key-12345");
  CHECK(many.last()["secretPart"].get<std::string>().size() == 64);
  CHECK(browser.post("/api/releases", {{"serials", Json::array_t(1001, "GEN-1")}}).status == 422);
  CHECK(browser.post("/api/releases", {{"serials", "GEN-1"}}).status == 422);
  CHECK(browser.get("/api/releases?limit=7").status == 200);
  CHECK(list.last()["limit"] == 7);
  CHECK(browser.post("/api/devices/GEN-1/release-undo", Json::object()).json() == device_reply());
  s.registry->on("undo_release",
                 [](const Json&) -> core::Result<Json> { return core::conflict("No.", "undo_over"); });
  const auto late = browser.post("/api/devices/GEN-1/release-undo", Json::object());
  CHECK(late.status == 409);
  CHECK(late.json()["code"] == "undo_over");
}

TEST_CASE("a device is deleted and replaced, and a recipe rolled out, each with a key for its retry") {
  auto& s = stage();
  Asked deletion("delete_device", Json::object());
  Asked replacement("replace_device", device_reply());
  Asked rollout("roll_out_recipe", {{"devices", 7}, {"more", true}});
  const Browser browser = s.browser(s.person("operator"));
  const std::string header = "Idempotency-Key: key-12345\r\n";
  const auto deleted = browser.send("DELETE", "/api/devices/GEN-1", header, "");
  CHECK(deleted.status == 204);
  CHECK(deleted.body.empty());
  CHECK(deletion.last()["idempotencyKey"] == "key-12345");
  CHECK(browser.post("/api/devices/GEN-1/replacement", {{"serial", "GEN-2"}}, header).json() ==
        device_reply());
  CHECK(replacement.last()["serial"] == "GEN-1");
  CHECK(replacement.last()["newSerial"] == "GEN-2");
  CHECK(replacement.last()["idempotencyKey"] == "key-12345");
  CHECK(browser.post("/api/devices/GEN-1/replacement", {{"serial", ""}}).status == 422);
  const std::string recipe = core::random_hex_id();
  CHECK(browser.post("/api/recipes/" + recipe + "/rollout", Json::object(), header).json() ==
        Json{{"devices", 7}, {"more", true}});
  CHECK(rollout.last()["idempotencyKey"] == "key-12345");
  CHECK(rollout.last()["id"] == recipe);
  CHECK(browser.post("/api/recipes/none/rollout", Json::object()).status == 404);
}

TEST_CASE("a picture goes to the registry as it is, and comes back to be kept for ever and never run") {
  auto& s = stage();
  const std::string png("\x89PNG\r\n\x1A\n\0\xFF\0binary", 16);
  Asked set("set_model_picture", {{"model", {{"key", "kd 30"}}}});
  Asked get("get_picture", {{"contentType", "image/png"}, {"bytes", core::to_base64(png)}});
  const Browser browser = s.browser(s.person("operator"));
  const std::string path = "/api/recipes/" + core::random_hex_id() + "/models/kd%2030/picture";
  CHECK(put(browser, path, "image/png", png).json()["model"]["key"] == "kd 30");
  CHECK(set.last()["key"] == "kd 30");
  CHECK(core::from_base64(set.last()["bytes"].get<std::string>()) == png);
  for (const char* type : {"image/svg+xml", "text/html", "application/json", "image/png; charset=x"})
    CHECK(put(browser, path, type, "<svg/>").status == 415);
  CHECK(put(browser, path, "image/png", std::string(512 * 1024 + 1, 'x')).status == 413);
  CHECK(put(browser, path, "image/png", std::string(512 * 1024, 'x')).status == 200);
  CHECK(set.requests.size() == 2);

  const std::string address = "/api/pictures/" + core::sha256_hex(png);
  const auto picture = browser.get(address);
  CHECK(picture.status == 200);
  CHECK(picture.body == png);
  CHECK(picture.header("content-type") == "image/png");
  CHECK(picture.header("x-content-type-options") == "nosniff");
  CHECK(picture.header("cache-control") == "private, max-age=31536000, immutable");
  const auto again = browser.get(address, "If-None-Match: " + picture.header("etag") + "\r\n");
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(browser.get("/api/pictures/none").status == 404);
  s.registry->on("get_picture", nullptr);
  const auto unknown = browser.get("/api/pictures/" + core::random_hex(32));
  CHECK(unknown.status == 404);
  CHECK(unknown.header("cache-control") == "no-store");
  CHECK(Browser{browser.port, ""}.get(address).status == 401);
}
