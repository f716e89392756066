// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <future>
#include <map>

#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;

namespace {

const Json kPlan = {{"rows", 3},
                    {"create", 2},
                    {"unchanged", 0},
                    {"provisioned", 0},
                    {"bad", 1},
                    {"columns", Json::array()},
                    {"sample", Json::array()}};

// A registry that keeps what it was sent, and answers every file with two pages.
struct Registry {
  explicit Registry(Stage& stage) {
    stage.registry->on("append_batch_input", [this](const Json& request) -> core::Result<Json> {
      const std::lock_guard lock(mutex);
      text[request.at("uploadId")] += request.at("text").get<std::string>();
      CHECK(request.at("index") == pieces[request.at("uploadId")]++);
      CHECK(request.at("inputKey").get<std::string>().size() == 64);
      CHECK(request.at("text").get<std::string>().size() <= 512 * 1024);
      return Json::object();
    });
    stage.registry->on("register_batch", [this](const Json& request) -> core::Result<Json> {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
      return requests.size() <= lost ? core::Result<Json>(core::conflict("", "answer_lost")) : answer;
    });
    stage.registry->on("read_batch_output", [this](const Json& request) -> core::Result<Json> {
      CHECK(request.at("outputKey") == "key");
      const std::lock_guard lock(mutex);
      if (anew) return core::not_found();
      return Json{{"text", "page " + std::to_string(request.at("page").get<int>()) + "\r\n"}};
    });
    stage.registry->on("drop_batch_output", [this](const Json& request) -> core::Result<Json> {
      CHECK_FALSE(request.contains("page"));
      ++dropped;
      return Json::object();
    });
  }
  std::mutex mutex;
  std::map<std::string, std::string> text;
  std::map<std::string, int> pieces;
  std::vector<Json> requests;
  std::size_t lost = 0;
  bool anew = false;
  std::atomic<int> dropped{0};
  Json answer = {{"outcome", "registered"},
                 {"plan", kPlan},
                 {"errors", Json::array()},
                 {"errorCount", 0},
                 {"batchId", "0123456789abcdef01234567"},
                 {"pages", 2},
                 {"outputKey", "key"}};
  const Curtain curtain{};
};

std::string path_of_batches() { return "/api/recipes/" + core::random_hex_id() + "/batches"; }

Answer send(const Browser& browser, const std::string& path, const std::string& csv) {
  return browser.send("POST", path, "Content-Type: text/csv\r\nIdempotency-Key: key-12345\r\n", csv);
}

}  // namespace

TEST_CASE("a file goes on in pieces cut between characters, and its answer comes back whole") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  std::string csv = "serial,name\n";
  while (csv.size() < 1'200'000) csv += "A-1,M\u00fcnchen \u20ac\n";
  const auto made = send(browser, path_of_batches() + "?skipBad=true", csv);
  CHECK(made.status == 201);
  CHECK(made.body == "page 0\r\npage 1\r\n");
  CHECK(made.header("content-type") == "text/csv; charset=utf-8");
  CHECK(made.header("x-batch-id") == "0123456789abcdef01234567");
  CHECK(made.header("location") == "/api/batches/0123456789abcdef01234567");
  CHECK(made.header("x-skipped") == "1");
  CHECK(made.header("cache-control") == "no-store");
  CHECK(registry.dropped == 1);
  REQUIRE(registry.requests.size() == 1);
  const Json& request = registry.requests[0];
  CHECK(request["chunks"] == 3);
  CHECK(request["idempotencyKey"] == "key-12345");
  CHECK(request["skipBad"] == true);
  CHECK(registry.text[request["uploadId"]] == csv);
}

TEST_CASE("a number of generated serials needs no file, and its bounds are checked") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  const std::string path = path_of_batches();
  const auto made = browser.post(path, {{"count", 100'000}});
  CHECK(made.status == 201);
  CHECK(made.header("x-skipped").empty());
  CHECK(registry.requests.at(0)["count"] == 100'000);
  CHECK(browser.post(path, {{"count", 0}}).status == 422);
  CHECK(browser.post(path, {{"count", 100'001}}).status == 422);
  CHECK(browser.post(path, {{"count", 1}, {"secret", "x"}}).status == 422);
  CHECK(browser.post(path + "?dryRun=yes", {{"count", 1}}).status == 422);
  CHECK(browser.post("/api/recipes/none/batches", {{"count", 1}}).status == 404);
  CHECK(registry.requests.size() == 1);
}

TEST_CASE(
    "errors of a file are a problem that names each with line and column, or beside the plan with skipBad") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  registry.answer = {{"outcome", "refused"},
                     {"plan", kPlan},
                     {"errors",
                      {{{"line", 3}, {"column", "serial"}, {"code", "taken"}, {"message", "m"}},
                       {{"line", 4}, {"column", ""}, {"code", "stray_quote"}, {"message", "m"}}}},
                     {"errorCount", 12'000}};
  const auto refused = send(browser, path_of_batches(), "serial\nA-1\n");
  CHECK(refused.status == 422);
  CHECK(refused.header("content-type") == "application/problem+json");
  const Json problem = refused.json();
  CHECK(problem["errorCount"] == 12'000);
  CHECK(problem["errors"][0] == Json{{"field", "line 3, serial"},
                                     {"line", 3},
                                     {"column", "serial"},
                                     {"code", "taken"},
                                     {"message", "m"}});
  CHECK(problem["errors"][1]["field"] == "line 4");
  registry.answer["outcome"] = "planned";
  const auto plan = send(browser, path_of_batches() + "?dryRun=true&skipBad=true", "serial\nA-1\n");
  CHECK(plan.status == 200);
  CHECK(plan.json()["plan"]["create"] == 2);
  CHECK(plan.json()["errors"].size() == 2);
  registry.answer = {{"outcome", "unchanged"}, {"plan", kPlan}, {"errors", Json::array()}, {"errorCount", 0}};
  CHECK(send(browser, path_of_batches(), "serial\nA-1\n").json() == Json{{"plan", kPlan}});
}

TEST_CASE(
    "a lost answer is asked for once more under a new upload, and one that was made anew is never shown") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  registry.lost = 1;
  CHECK(send(browser, path_of_batches(), "serial\nA-1\n").status == 201);
  REQUIRE(registry.requests.size() == 2);
  CHECK(registry.requests[0]["uploadId"] != registry.requests[1]["uploadId"]);
  CHECK(registry.requests[0]["idempotencyKey"] == registry.requests[1]["idempotencyKey"]);
  registry.anew = true;
  const auto void_now = send(browser, path_of_batches(), "serial\nA-1\n");
  CHECK(void_now.status == 503);
  CHECK(void_now.body.find("page") == std::string::npos);
}

TEST_CASE("a file that is no text goes nowhere") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  for (const std::string& csv : {std::string("serial,name\nA-1,M\xFCnchen\n"),
                                 std::string("serial\nA\0B\n", 11), std::string(600'000, '\x80')}) {
    const auto refused = send(browser, path_of_batches(), csv);
    CHECK(refused.status == 422);
    CHECK(refused.json()["detail"] == "The file is not UTF-8 text.");
  }
  CHECK(registry.requests.empty());
}

TEST_CASE("S21 two files at once are read, a third is told to come back, and other requests are answered") {
  auto& s = stage();
  Registry registry(s);
  const Browser browser = s.browser(s.person("operator"));
  CHECK(browser.get("/api/session").status == 200);
  std::promise<void> go;
  const auto gone = go.get_future().share();
  std::atomic<int> inside{0};
  const Curtain curtain;
  s.registry->on("register_batch", [&](const Json&) -> core::Result<Json> {
    ++inside;
    gone.wait();
    return registry.answer;
  });
  std::vector<std::future<int>> two;
  for (int i = 0; i < 2; ++i)
    two.push_back(std::async(std::launch::async,
                             [&] { return send(browser, path_of_batches(), "serial\nA-1\n").status; }));
  CHECK(testing::eventually([&] { return inside == 2; }));
  const auto third = send(browser, path_of_batches(), "serial\nA-1\n");
  CHECK(third.status == 429);
  CHECK(third.header("retry-after") == "5");
  CHECK(browser.get("/api/session").status == 200);
  go.set_value();
  for (auto& one : two) CHECK(one.get() == 201);
  CHECK(send(browser, "/api/session", std::string(100'000, 'x')).status == 413);
}

TEST_CASE("batches are listed and shown, and how far one is") {
  auto& s = stage();
  const Browser browser = s.browser(s.person("operator"));
  Json asked;
  const Curtain curtain;
  s.registry->on("list_batches", [&](const Json& request) -> core::Result<Json> {
    asked = request;
    return Json{{"items", Json::array()}, {"nextCursor", nullptr}};
  });
  s.registry->on("get_batch", [&](const Json&) -> core::Result<Json> {
    return Json{{"batch", {{"devices", 3}}}};
  });
  s.registry->on("get_batch_progress", [&](const Json& request) -> core::Result<Json> {
    if (request.at("idempotencyKey") != "key-12345") return core::not_found();
    return Json{{"phase", "writing"}, {"rows", 3}, {"done", 1}};
  });
  CHECK(browser.get("/api/batches?recipe=r&limit=7&cursor=c").status == 200);
  CHECK(asked["recipe"] == "r");
  CHECK(asked["limit"] == 7);
  CHECK(asked["cursor"] == "c");
  CHECK(browser.get("/api/batches/0123456789abcdef01234567").json()["devices"] == 3);
  CHECK(browser.get("/api/batches/none").status == 404);
  CHECK(browser.get("/api/batches/progress/key-12345").json()["phase"] == "writing");
  CHECK(browser.get("/api/batches/progress/other-key").status == 404);
}
