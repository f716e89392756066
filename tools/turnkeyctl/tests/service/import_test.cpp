// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/raw_server.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

constexpr const char* kRecipe = "abababababababababababab";
const Json kRecipes = {{"items", {{{"id", kRecipe}, {"name", "Generator"}}}}};
const std::string kCredentials =
    "serial,device_id,access_key,access_secret,qr\nGEN-1,d,k," + kSecret + ",q\n";

Json plan(int create, int unchanged, int bad) {
  Json document = {
      {"plan",
       {{"rows", create + unchanged + bad},
        {"create", create},
        {"unchanged", unchanged},
        {"provisioned", 0},
        {"bad", bad},
        {"columns", {{{"name", "serial"}, {"meaning", "serial"}}, {{"name", "site"}, {"meaning", "tag"}}}},
        {"sample", {{{"line", 2}, {"serial", "GEN-1"}, {"name", "GEN-1"}, {"tags", {{"site", "S"}}}}}}}}};
  if (bad > 0) {
    document["errorCount"] = bad;
    document["errors"] = {{{"field", "line 3, serial"},
                           {"code", "malformed"},
                           {"message", "a serial is needed"},
                           {"line", 3},
                           {"column", "serial"}}};
  }
  return document;
}

struct Stage {
  explicit Stage(const Json& planned) {
    gateway.answer("GET", "/api/recipes", kRecipes);
    gateway.on("POST", "/api/recipes/{id}/batches",
               [this, planned](const http::Request& request) { return answer(request, planned); });
    gateway.start();
    player.sign_in(gateway.url());
    write_file(player.file("serials.csv"), "serial,site\nGEN-1,S\n", 0644);
  }
  core::Result<http::Response> answer(const http::Request& request, const Json& planned) {
    if (request.query_value("dryRun") == "true") return http::json_response(planned);
    there_before = exists(output());
    http::Response response{201, kCredentials, "text/csv", {}};
    response.headers.emplace_back("X-Batch-Id", "b1");
    if (request.query_value("skipBad") == "true") response.headers.emplace_back("X-Skipped", "1");
    return response;
  }
  std::string output() const { return player.file("credentials.csv"); }
  Played import(std::vector<std::string> more) {
    std::vector<std::string> arguments = {
        "devices", "import", player.file("serials.csv"), "--recipe", "Generator", "--output", output()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return player.play(arguments);
  }
  std::size_t applied() const {
    std::size_t count = 0;
    for (const auto& request : gateway.requests()) {
      if (request.query_value("dryRun") == "false") ++count;
    }
    return count;
  }
  Gateway gateway;
  Player player;
  std::atomic<bool> there_before{false};
};

// Plays plans and progress; what an apply gets is the test's.
RawServer::Play played(std::function<void(int, const RawServer::Write&)> apply, const std::string& phase,
                       std::shared_ptr<std::atomic<int>> applies = std::make_shared<std::atomic<int>>(0)) {
  return [=](const RawRequest& request, const RawServer::Write& write) {
    if (request.is("GET /api/recipes ")) {
      write(raw_answer("200 OK", kRecipes.dump()));
    } else if (request.is("GET /api/batches/progress/")) {
      if (phase.empty())
        write(raw_answer("404 Not Found", "{}"));
      else
        write(raw_answer("200 OK", Json{{"phase", phase}, {"rows", 1}, {"done", 1}}.dump()));
    } else if (request.head.find("dryRun=true") != std::string::npos) {
      write(raw_answer("200 OK", plan(1, 0, 0).dump()));
    } else {
      apply(++*applies, write);
    }
  };
}

std::string cut_answer() {
  return "HTTP/1.1 201 Created\r\nContent-Length: 5000\r\nX-Batch-Id: "
         "b1\r\n\r\nserial,access_secret\nGEN-1,lost";
}

Played import_at(const RawServer& server, Player& player, std::vector<std::string> more = {"--yes"}) {
  player.sign_in(server.url());
  write_file(player.file("serials.csv"), "serial\nGEN-1\n", 0644);
  std::vector<std::string> arguments = {"devices", "import", player.file("serials.csv"), "--recipe",
                                        "Generator"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return player.play(arguments);
}

}  // namespace

TEST_CASE(
    "an import shows its plan, registers, and keeps the credentials in a file for its owner's eyes alone") {
  Stage stage(plan(1, 0, 0));
  const auto result = stage.import({"--yes"});
  CHECK(result.exit == 0);
  CHECK(result.err.find("site    tag") != std::string::npos);
  CHECK(result.err.find("1 row: 1 to register, 0 registered already, 0 bad.") != std::string::npos);
  CHECK(content_of(stage.output()) == kCredentials);
  CHECK(mode_of(stage.output()) == 0600);
  const auto sent = stage.gateway.last();
  CHECK(sent.body == "serial,site\nGEN-1,S\n");
  CHECK(sent.header("content-type") == "text/csv");
  CHECK(sent.header("idempotency-key").size() == 32);
  CHECK(sent.path == std::string("/api/recipes/") + kRecipe + "/batches");
}

TEST_CASE("the file for the credentials is there before anything is registered") {
  Stage stage(plan(1, 0, 0));
  CHECK(stage.import({"--yes"}).exit == 0);
  CHECK(stage.there_before);
}

TEST_CASE("an import whose file for the credentials is there already registers nothing") {
  Stage stage(plan(1, 0, 0));
  write_file(stage.output(), "older secrets");
  CHECK(stage.import({"--yes"}).exit == 7);
  CHECK(content_of(stage.output()) == "older secrets");
  CHECK(stage.applied() == 0);
}

TEST_CASE("S2 no form of output shows the credentials") {
  for (const auto& more :
       std::vector<std::vector<std::string>>{{"--yes"}, {"--yes", "--json"}, {"--yes", "--quiet"}}) {
    Stage stage(plan(1, 0, 0));
    const auto result = stage.import(more);
    CHECK(result.exit == 0);
    CHECK_FALSE(result.shows(kSecret));
  }
}

TEST_CASE("an import asks before it registers") {
  Stage stage(plan(1, 0, 0));
  CHECK(stage.import({}).exit == 2);
  stage.player.terminal = true;
  stage.player.input = "n\n";
  CHECK(stage.import({}).exit == 1);
  CHECK(stage.applied() == 0);
  CHECK_FALSE(exists(stage.output()));
  stage.player.input = "y\n";
  CHECK(stage.import({}).exit == 0);
}

TEST_CASE("a dry run ends with the plan") {
  Stage stage(plan(1, 2, 0));
  CHECK(stage.import({"--dry-run"}).exit == 0);
  CHECK(Json::parse(stage.import({"--dry-run", "--json"}).out) == plan(1, 2, 0));
  CHECK(stage.applied() == 0);
  CHECK_FALSE(exists(stage.output()));
}

TEST_CASE("bad rows are a table of line, column and what is wrong, and nothing is registered") {
  Stage stage(plan(1, 0, 1));
  const auto result = stage.import({"--yes"});
  CHECK(result.exit == 6);
  CHECK(result.err.find("LINE  COLUMN  WHAT IS WRONG\n3     serial  a serial is needed\n") !=
        std::string::npos);
  const auto json = stage.import({"--yes", "--json"});
  CHECK(json.exit == 6);
  CHECK(json.out.empty());
  CHECK(Json::parse(json.err)["errors"][0]["column"] == "serial");
  CHECK(stage.applied() == 0);
}

TEST_CASE("a row with two wrong cells is one bad row") {
  Json document = plan(1, 0, 1);
  document["errorCount"] = 2;
  document["errors"].push_back(document["errors"][0]);
  Stage stage(document);
  const auto result = stage.import({"--dry-run"});
  CHECK(result.exit == 6);
  CHECK(result.err.find("2 rows: 1 to register, 0 registered already, 1 bad.") != std::string::npos);
  CHECK(result.err.find("1 row is bad, so nothing is registered.") != std::string::npos);
}

TEST_CASE("bad rows are left out where that is asked for") {
  Stage stage(plan(1, 0, 1));
  const auto result = stage.import({"--yes", "--skip-bad"});
  CHECK(result.exit == 0);
  CHECK(stage.gateway.last().query_value("skipBad") == "true");
  CHECK(result.out.find("1 bad rows were left out.") != std::string::npos);
}

TEST_CASE("when all rows are there already nothing is registered and no file is made") {
  Stage stage(plan(0, 3, 0));
  CHECK(stage.import({"--yes"}).exit == 0);
  CHECK(stage.applied() == 0);
  CHECK_FALSE(exists(stage.output()));
}

TEST_CASE("a key that is given asks for the lost answer though all rows are there") {
  Stage stage(plan(0, 1, 0));
  CHECK(stage.import({"--yes", "--idempotency-key", "the-key-of-before"}).exit == 0);
  CHECK(stage.gateway.last().header("idempotency-key") == "the-key-of-before");
  CHECK(content_of(stage.output()) == kCredentials);
}

TEST_CASE("so many devices with generated serials need no file") {
  Stage stage(plan(500, 0, 0));
  CHECK(stage.player
            .play({"devices", "import", "--count", "500", "--recipe", kRecipe, "--yes", "--output",
                   stage.output()})
            .exit == 0);
  CHECK(Json::parse(stage.gateway.last().body) == Json{{"count", 500}});
  CHECK(stage.player.play({"devices", "import", "--recipe", kRecipe}).exit == 2);
  CHECK(stage.player.play({"devices", "import", "x.csv", "--count", "5", "--recipe", kRecipe}).exit == 2);
}

TEST_CASE(
    "a connection that breaks in the answer is made again with the same key, and no lost credential stays") {
  RawServer server(played(
      [](int attempt, const RawServer::Write& write) {
        if (attempt == 1)
          write(cut_answer());
        else
          write(raw_answer("201 Created", kCredentials, "X-Batch-Id: b1\r\n"));
      },
      "finished"));
  Player player;
  const auto result = import_at(server, player);
  CHECK(result.exit == 0);
  CHECK(result.err.find("nothing is registered twice") != std::string::npos);
  CHECK(content_of(player.file("serials.credentials.csv")) == kCredentials);
  std::vector<std::string> keys;
  for (const auto& request : server.requests()) {
    if (request.head.find("dryRun=false") != std::string::npos)
      keys.push_back(request.header("Idempotency-Key"));
  }
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == keys[1]);
  CHECK(keys[0].size() == 32);
}

TEST_CASE("a connection that breaks before the answer is made again too") {
  RawServer server(played(
      [](int attempt, const RawServer::Write& write) {
        if (attempt == 3) write(raw_answer("201 Created", kCredentials, "X-Batch-Id: b1\r\n"));
        if (attempt == 2) write(raw_answer("503 Service Unavailable", "{}", "Retry-After: 2\r\n"));
      },
      ""));
  Player player;
  CHECK(import_at(server, player).exit == 0);
  CHECK(content_of(player.file("serials.credentials.csv")) == kCredentials);
}

TEST_CASE("an import that cannot be ended says what the server has done and how to go on") {
  const auto never = [](int, const RawServer::Write& write) { write(cut_answer()); };
  {
    RawServer server(played(never, "finished"));
    Player player;
    const auto result = import_at(server, player);
    CHECK(result.exit == 8);
    CHECK(result.err.find("The server has registered the batch, but not all credentials have arrived.") !=
          std::string::npos);
    CHECK(result.err.find("--idempotency-key ") != std::string::npos);
    CHECK(result.err.find("holds the part of the credentials that did arrive") != std::string::npos);
    CHECK_FALSE(result.shows("GEN-1,lost"));
    CHECK(exists(player.file("serials.credentials.csv")));
  }
  {
    RawServer server(played([](int, const RawServer::Write&) {}, ""));
    Player player;
    const auto result = import_at(server, player);
    CHECK(result.exit == 8);
    CHECK(result.err.find("Whether the server has registered the batch is not known.") != std::string::npos);
    CHECK_FALSE(exists(player.file("serials.credentials.csv")));
  }
  {
    RawServer server(played([](int, const RawServer::Write&) {}, "failed"));
    Player player;
    CHECK(import_at(server, player).err.find("The server has registered nothing.") != std::string::npos);
  }
}

TEST_CASE("a server that still writes is waited for before it is asked again") {
  auto looks = std::make_shared<std::atomic<int>>(0);
  const auto inner = played(
      [](int attempt, const RawServer::Write& write) {
        if (attempt == 2) write(raw_answer("201 Created", kCredentials));
      },
      "");
  RawServer server([=](const RawRequest& request, const RawServer::Write& write) {
    if (request.is("GET /api/batches/progress/") && ++*looks <= 3) {
      write(raw_answer("200 OK", R"({"phase":"writing","rows":10,"done":4})"));
    } else {
      inner(request, write);
    }
  });
  Player player;
  CHECK(import_at(server, player).exit == 0);
  CHECK(*looks == 4);
  CHECK(std::count(player.slept.begin(), player.slept.end(), std::chrono::seconds(1)) == 3);
}

TEST_CASE("a refusal ends the import at once and leaves no file") {
  RawServer server(played(
      [](int, const RawServer::Write& write) {
        write(raw_answer("409 Conflict", R"({"detail":"This key was used.","code":"idempotency_key_used"})"));
      },
      ""));
  Player player;
  const auto result = import_at(server, player);
  CHECK(result.exit == 7);
  CHECK(result.err.find("This key was used.") != std::string::npos);
  CHECK(player.slept.empty());
  CHECK_FALSE(exists(player.file("serials.credentials.csv")));
}
