// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <set>

#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;

namespace {

// Every route about one serial, asked by this person.
std::vector<Answer> all_about(const Browser& browser, const std::string& serial) {
  const std::string path = "/api/devices/" + serial;
  return {browser.get(path),
          browser.get(path + "/telemetry"),
          browser.get(path + "/connections"),
          browser.get(path + "/ledger"),
          browser.get(path + "/events"),
          browser.get(path + "/labels.pdf"),
          browser.post(path + "/commands", {{"name", "start"}}),
          browser.post(path + "/release", Json::object())};
}

std::vector<Answer> all_about_provisioning(const Browser& browser, const std::string& id) {
  const std::string path = "/api/provisionings/" + id;
  return {browser.get(path),
          browser.get(path + "/events"),
          browser.post(path + "/completion", {{"name", "n"}, {"groupId", "g"}, {"model", "m"}}),
          browser.post(path + "/blinks", {{"count", 3}, {"tries", 5}}),
          browser.post(path + "/identify", Json::object()),
          browser.send("DELETE", path, "", "")};
}

}  // namespace

TEST_CASE("S4 S5 unknown, foreign and impossible serials and ids are the same bytes on every route") {
  auto& s = stage();
  s.registry->on("get_ledger", nullptr);
  s.registry->on("release_device", nullptr);
  s.provisioning->on("get", nullptr);
  const auto owner = s.person("admin");
  const auto foreign = s.device(owner.id, s.clock.now());
  const Browser browser = s.browser(s.person("admin"));
  std::set<std::string> bytes;
  for (const std::string& serial : {std::string("NEVER-MADE"), foreign.serial, std::string("%20x%2Fy"),
                                    std::string(200, 'A'), std::string("%C3%BC%FF")}) {
    for (const auto& answer : all_about(browser, serial)) {
      INFO(serial);
      CHECK(answer.status == 404);
      bytes.insert(answer.bytes());
    }
  }
  for (const std::string& id :
       {core::random_hex_id(), std::string("none"), std::string("%00"), std::string(24, 'G')}) {
    for (const auto& answer : all_about_provisioning(browser, id)) {
      INFO(id);
      CHECK(answer.status == 404);
      bytes.insert(answer.bytes());
    }
  }
  CHECK(bytes.size() == 1);
  CHECK(s.browser(owner).get("/api/devices/" + foreign.serial).status == 200);
}

TEST_CASE("S4 no route answers what is not found before the first full step, and what is found at once") {
  auto& s = stage();
  s.registry->on("get_ledger", nullptr);
  s.registry->on("release_device", nullptr);
  s.provisioning->on("get", nullptr);
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, s.clock.now());
  const Browser browser = s.browser(owner);
  const auto took = [](const auto& ask) {
    const auto began = std::chrono::steady_clock::now();
    ask();
    return std::chrono::steady_clock::now() - began;
  };
  std::size_t answers = 0;
  const auto all = took([&] {
    answers += all_about(browser, "NEVER-MADE").size();
    answers += all_about_provisioning(browser, core::random_hex_id()).size();
  });
  CHECK(answers > 10);
  CHECK(all >= answers * 10ms);
  // The quickest of some: the machine may have other things to do.
  auto quickest = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20; ++i)
    quickest =
        std::min(quickest, took([&] { CHECK(browser.get("/api/devices/" + device.serial).status == 200); }));
  CHECK(quickest < 10ms);
}

TEST_CASE("S3 whoever looks for serials is slowed, on whichever route about serials") {
  auto& s = stage();
  s.registry->on("get_ledger", nullptr);
  const Browser browser = s.browser(s.person("admin"));
  for (int i = 0; i < 60; ++i)
    CHECK(browser.get("/api/devices/GUESS-" + std::to_string(i) + "/ledger").status == 404);
  const auto slowed = browser.get("/api/devices/GUESS-60/ledger");
  CHECK(slowed.status == 429);
  CHECK_FALSE(slowed.header("retry-after").empty());
  CHECK(browser.post("/api/devices/GUESS-61/release", Json::object()).status == 429);
  CHECK(s.browser(s.person("admin")).get("/api/devices/GUESS-62/ledger").status == 404);
}

TEST_CASE("numbers of a query that are none are named as such, and never guessed") {
  auto& s = stage();
  s.registry->on("list_devices", [](const Json& request) -> core::Result<Json> {
    contracts::ObjectReader in(request);
    (void)in.optional_integer("limit", 1, 200);
    if (!in.ok()) return in.error();
    return Json{{"items", Json::array()}, {"nextCursor", nullptr}};
  });
  const Browser browser = s.browser(s.person("operator"));
  CHECK(browser.get("/api/devices?limit=20").status == 200);
  for (const char* limit : {"abc", "20abc", "-1", "999999999999999999999999", "", "1e2"}) {
    const auto answer = browser.get(std::string("/api/devices?limit=") + limit);
    INFO(limit);
    CHECK(answer.status == 422);
    CHECK(answer.json()["errors"][0]["field"] == "limit");
  }
}

TEST_CASE("a service that does not answer is a 503 with a plain sentence, and the devices are still listed") {
  auto& s = stage();
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, s.clock.now());
  s.registry->on("list_devices", [](const Json&) -> core::Result<Json> {
    return Json{{"items",
                 {{{"deviceId", core::random_hex_id()},
                   {"serial", "GEN-1"},
                   {"provisionedAt", "2026-11-22T00:00:00.000Z"},
                   {"lastPresenceAt", nullptr}}}},
                {"nextCursor", nullptr}};
  });
  s.telemetry->hold(true);
  const Browser browser = s.browser(owner);
  const auto list = browser.get("/api/devices");
  CHECK(list.status == 200);
  CHECK(list.json()["items"][0]["lastSeenAt"].is_null());
  const auto history = browser.get("/api/devices/" + device.serial + "/telemetry");
  s.telemetry->hold(false);
  CHECK(history.status == 503);
  CHECK(history.json()["code"] == "unavailable");
  CHECK(history.json()["detail"] == "This does not work just now. Try again in a moment.");
}

TEST_CASE(
    "S11 a fleet is asked for page by page, nobody's values from before the hand-over, and stands without "
    "them") {
  auto& s = stage();
  const auto owner = s.person("viewer");
  const auto row = [](int number) {
    return Json{{"deviceId", core::random_hex_id()},
                {"serial", "GEN-" + std::to_string(number)},
                {"name", "Generator"},
                {"model", nullptr},
                {"groupId", nullptr},
                {"tags", {{"fault_attribute", "alarm"}}},
                {"connected", true},
                {"provisionedAt", "2026-11-22T00:00:00.000Z"},
                {"lastPresenceAt", "2026-11-21T00:00:00.000Z"}};
  };
  Json asked;
  const Curtain curtain;
  s.registry->on("list_devices", [&](const Json& request) -> core::Result<Json> {
    Json items = Json::array();
    for (int i = 0; i < 200; ++i) items.push_back(row(i));
    const int next = std::stoi(request.value("cursor", "0")) + 1;
    return Json{{"items", items}, {"nextCursor", std::to_string(next)}};
  });
  s.telemetry->on("fleet", [&](const Json& request) -> core::Result<Json> {
    asked = request;
    const Json first = {{"deviceId", request["devices"][0]["deviceId"]},
                        {"faulted", true},
                        {"latest", {{"value", 3}, {"time", "2026-11-22T01:00:00.000Z"}}},
                        {"points", {nullptr, 3}}};
    return Json{{"attribute", "rpm"},
                {"attributes", {{{"name", "rpm"}, {"unit", "1/min"}}}},
                {"items", Json::array({first})}};
  });
  const Browser browser = s.browser(owner);
  const auto fleet = browser.get("/api/fleet?attribute=rpm&points=2").json();
  CHECK(fleet["items"].size() == 1000);
  CHECK(fleet["more"] == true);
  CHECK(fleet["items"][0]["faulted"] == true);
  CHECK(fleet["items"][0]["points"].size() == 2);
  CHECK(fleet["items"][0]["lastSeenAt"].is_null());  // that was before it was theirs
  CHECK(fleet["items"][1]["latest"].is_null());
  CHECK(asked["devices"][0]["since"] == "2026-11-22T00:00:00.000Z");
  CHECK(asked["devices"][0]["faultAttribute"] == "alarm");
  CHECK(asked["points"] == 2);

  s.telemetry->on("fleet", [](const Json&) -> core::Result<Json> { return core::unavailable("away"); });
  const auto bare = browser.get("/api/fleet").json();
  CHECK(bare["measured"] == false);
  CHECK(bare["items"].size() == 1000);
  s.registry->on("list_devices", [](const Json&) -> core::Result<Json> { return core::not_found(); });
  CHECK(browser.get("/api/fleet?group=" + core::random_hex_id()).status == 404);
}

TEST_CASE("S11 the connection log begins with the hand-over") {
  auto& s = stage();
  const auto owner = s.person("viewer");
  const auto device = s.device(owner.id, s.clock.now());
  Json asked;
  const Curtain curtain;
  s.telemetry->on("connections", [&](const Json& request) -> core::Result<Json> {
    asked = request;
    return Json{{"items", Json::array()}};
  });
  CHECK(s.browser(owner).get("/api/devices/" + device.serial + "/connections?limit=7").status == 200);
  CHECK(asked["since"].is_string());
  CHECK(asked["limit"] == 7);
}

TEST_CASE("S21 a service that is down holds half of the threads, forty streams hold none") {
  auto& s = stage();
  const auto owner = s.person("admin");
  const auto device = s.device(owner.id, s.clock.now());
  const Browser browser = s.browser(owner);
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 40; ++i)
    streams.push_back(std::make_unique<Stream>(browser, "/api/devices/" + device.serial + "/events"));
  CHECK(testing::eventually([&] {
    return std::all_of(streams.begin(), streams.end(),
                       [](auto& one) { return one->text().find("HTTP/1.1 200") == 0; });
  }));
  s.telemetry->hold(true);
  const int before = s.telemetry->asked("history");
  std::vector<std::future<int>> waiting;
  for (int i = 0; i < 3 * Stage::kHttpThreads; ++i)
    waiting.push_back(std::async(std::launch::async, [&] {
      return browser.get("/api/devices/" + device.serial + "/telemetry").status;
    }));
  CHECK(
      testing::eventually([&] { return s.telemetry->asked("history") - before >= Stage::kHttpThreads / 2; }));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) CHECK(browser.get("/api/session").status == 200);
  CHECK(std::chrono::steady_clock::now() - began < 2s);
  for (auto& one : waiting) CHECK(one.get() == 503);
  s.telemetry->hold(false);
  for (auto& one : streams) CHECK_FALSE(one->ended());
}

TEST_CASE("a command reaches the device with a time and is a line of the ledger; bodies have limits") {
  auto& s = stage();
  const auto owner = s.person("technician");
  const auto device = s.device(owner.id, s.clock.now());
  Json line;
  const Curtain curtain;
  s.registry->on("append_ledger", [&](const Json& request) -> core::Result<Json> {
    line = request;
    return Json{{"seq", 1}};
  });
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(testing::eventually([&] {
    session = s.broker->connect(device.device.identity());
    return session->connack() == 0;
  }));
  REQUIRE(session->subscribe(device.device.command()) >= 0);
  const Browser browser = s.browser(owner);
  const std::string path = "/api/devices/" + device.serial + "/commands";
  CHECK(browser.post(path, {{"name", "start"}, {"payload", {{"speed", 3}}}}).status == 202);
  CHECK(testing::eventually([&] { return session->received_on(device.device.command()).size() == 1; }));
  const auto command = Json::parse(session->received_on(device.device.command())[0].payload);
  CHECK(command["name"] == "start");
  CHECK(command["payload"]["speed"] == 3);
  CHECK(command["time"]["$date"].is_string());
  CHECK(line["act"] == "command.sent");
  CHECK(line["userId"] == owner.id);
  CHECK(browser.post(path, {{"name", ""}}).status == 422);
  CHECK(browser.post(path, {{"name", 7}}).status == 422);
  CHECK(browser.post(path, {{"name", "start"}, {"secret", 1}}).status == 422);
  CHECK(browser.post(path, {{"name", "start"}, {"payload", std::string(70'000, 'x')}}).status == 413);
  CHECK(browser.send("POST", path, "Content-Type: application/json\r\n", std::string(5000, '[')).status ==
        400);
  CHECK(browser.send("POST", path, "Content-Type: text/plain\r\n", "{}").status == 422);
  CHECK(browser.send("POST", path, "Content-Type: application/json\r\n", "[]").status == 422);
}

TEST_CASE("a command waits for a device that is away only when it says for how long") {
  auto& s = stage();
  const auto owner = s.person("technician");
  const auto device = s.device(owner.id, s.clock.now());
  const Curtain curtain;
  s.registry->on("append_ledger", [](const Json&) -> core::Result<Json> { return Json{{"seq", 1}}; });
  auto identity = device.device.identity(4);
  identity.keeps_session = true;
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(testing::eventually([&] {
    session = s.broker->connect(identity);
    return session->connack() == 0;
  }));
  REQUIRE(session->subscribe(device.device.command()) == 1);
  session->disconnect();
  const Browser browser = s.browser(owner);
  const std::string path = "/api/devices/" + device.serial + "/commands";
  CHECK(browser.post(path, {{"name", "at once"}}).status == 202);
  CHECK(browser.post(path, {{"name", "for a second"}, {"validFor_s", 1}}).status == 202);
  CHECK(browser.post(path, {{"name", "for a week"}, {"validFor_s", 604'800}}).status == 202);
  const auto sent = std::chrono::steady_clock::now();
  REQUIRE(testing::eventually([&] { return std::chrono::steady_clock::now() - sent > 3s; }));
  session = s.broker->connect(identity);
  REQUIRE(testing::eventually([&] { return !session->received().empty(); }));
  CHECK(browser.post(path, {{"name", "now"}}).status == 202);
  REQUIRE(testing::eventually([&] { return session->received().size() >= 2; }));
  const auto all = session->received();
  REQUIRE(all.size() == 2);
  CHECK(Json::parse(all[0].payload)["name"] == "for a week");
  CHECK(Json::parse(all[1].payload)["name"] == "now");
  for (const Json& wrong : {Json(0), Json(604'801), Json(-1), Json(1.5), Json("60")}) {
    INFO(wrong.dump());
    CHECK(browser.post(path, {{"name", "start"}, {"validFor_s", wrong}}).status == 422);
  }
}

TEST_CASE("a command that is on its way ends after a minute, or after its own time") {
  auto& s = stage();
  const auto owner = s.person("technician");
  const auto device = s.device(owner.id, s.clock.now());
  const Curtain curtain;
  s.registry->on("append_ledger", [](const Json&) -> core::Result<Json> { return Json{{"seq", 1}}; });
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(testing::eventually([&] {
    session = s.broker->connect(device.device.identity());
    return session->connack() == 0;
  }));
  REQUIRE(session->subscribe(device.device.command()) == 1);
  const Browser browser = s.browser(owner);
  const std::string path = "/api/devices/" + device.serial + "/commands";
  CHECK(browser.post(path, {{"name", "start"}}).status == 202);
  CHECK(browser.post(path, {{"name", "start"}, {"validFor_s", 600}}).status == 202);
  REQUIRE(testing::eventually([&] { return session->received().size() == 2; }));
  const auto all = session->received();
  CHECK(all[0].expiry_s.value_or(61) <= 60);
  CHECK(all[1].expiry_s.value_or(601) <= 600);
  CHECK(all[1].expiry_s.value_or(0) > 500);
}

TEST_CASE("a command that one root took and another one did not may have been sent, and is in the ledger") {
  auto& s = stage();
  auto config = s.config("roots");
  config.service.roots.names = {"devices", "foreign"};  // the broker refuses the second
  gateway::App other(config, s.clock);
  REQUIRE(testing::eventually([&] { return other.connected(); }));
  const auto owner = s.person("technician");
  const auto device = s.device(owner.id, s.clock.now());
  std::atomic<int> lines{0};
  const Curtain curtain;
  s.registry->on("append_ledger", [&](const Json&) -> core::Result<Json> { return Json{{"seq", ++lines}}; });
  const Browser browser{other.http_port(), owner.token};
  const auto answer = browser.post("/api/devices/" + device.serial + "/commands", {{"name", "start"}});
  CHECK(answer.status == 503);
  CHECK(answer.json()["code"] == "unavailable");
  CHECK_THAT(answer.json()["detail"].get<std::string>(), Catch::Contains("may have been sent"));
  CHECK(lines == 1);
}
