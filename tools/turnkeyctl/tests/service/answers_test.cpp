// SPDX-License-Identifier: Apache-2.0
// What comes out: tables, documents, errors and exit codes, whatever the server says.
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

constexpr const char* kGroup = "aaaaaaaaaaaaaaaaaaaaaaaa";
const Json kGroups = {{"items",
                       {{{"id", kGroup},
                         {"name", "Tekton"},
                         {"deviceCount", 2},
                         {"connectedCount", 1},
                         {"children", Json::array()}}}}};

Json device(const std::string& serial, const std::string& name) {
  return {{"serial", serial}, {"name", name}, {"groupId", kGroup}, {"model", nullptr}, {"connected", true}};
}

Played refused_with(int status, const std::string& code, std::vector<std::string> arguments) {
  Gateway gateway;
  gateway.on("GET", "/api/devices/{serial}", [=](const http::Request&) -> core::Result<http::Response> {
    return problem_answer(status, code, "A plain sentence.");
  });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  return player.play(arguments);
}

}  // namespace

TEST_CASE("every refusal of the server has its exit code and its sentence") {
  const std::vector<std::pair<int, int>> expected = {{401, 5}, {403, 5}, {404, 4}, {409, 7},
                                                     {422, 6}, {429, 8}, {503, 8}, {500, 1}};
  for (const auto& [status, exit] : expected) {
    const auto played = refused_with(status, "some_code", {"devices", "show", "GEN-1"});
    CHECK(played.exit == exit);
    CHECK(played.out.empty());
    CHECK(played.err.find("A plain sentence.") == 0);
  }
}

TEST_CASE("with --json an error is the server's problem document on standard error") {
  const auto played = refused_with(404, "not_found", {"devices", "show", "GEN-1", "--json"});
  CHECK(played.out.empty());
  const Json problem = Json::parse(played.err);
  CHECK(problem["code"] == "not_found");
  CHECK(problem["status"] == 404);
  CHECK(problem["title"] == "A title");
}

TEST_CASE("a wrong command line is exit code 2, help is 0 and has examples") {
  Player player;
  CHECK(player.play({}).exit == 2);
  CHECK(player.play({"devices"}).exit == 2);
  CHECK(player.play({"devices", "show"}).exit == 2);
  CHECK(player.play({"devices", "list", "--state", "asleep"}).exit == 2);
  CHECK(player.play({"nonsense"}).exit == 2);
  const auto help = player.play({"devices", "import", "--help"});
  CHECK(help.exit == 0);
  CHECK(help.out.find("turnkeyctl devices import serials.csv --recipe \"Generator gateway\"") !=
        std::string::npos);
}

TEST_CASE("a command that there is not is named, with the way to those that there are") {
  Player player;
  const auto typed = player.play({"nope", "--json"});
  CHECK(typed.exit == 2);
  CHECK(typed.out.empty());
  CHECK(typed.err == "turnkeyctl: there is no command \"nope\".\nRun turnkeyctl --help to see them all.\n");
  const auto below = player.play({"devices", "lst"});
  CHECK(below.exit == 2);
  CHECK(below.err ==
        "turnkeyctl devices: there is no command \"lst\".\nRun turnkeyctl devices --help to see them all.\n");
  CHECK(player.play({"\x1b[31m"}).err.find('\x1b') == std::string::npos);
  CHECK(player.play({"devices"}).err.find("subcommand is required") != std::string::npos);
  CHECK(player.play({"devices", "show", "GEN-1", "more"}).err.find("there is no command") ==
        std::string::npos);
}

TEST_CASE("the version is told without a command") {
  Player player;
  const auto told = player.play({"--version"});
  CHECK(told.exit == 0);
  CHECK(told.out.starts_with("turnkeyctl "));
  CHECK(told.out.find_first_of("0123456789") != std::string::npos);
}

TEST_CASE("field errors are listed, one a line") {
  Gateway gateway;
  gateway.answer("GET", "/api/groups", kGroups);
  gateway.on("POST", "/api/groups", [](const http::Request&) -> core::Result<http::Response> {
    return core::invalid("Some fields are not right.",
                         {{"name", "too_long", "at most 255"}, {"parentId", "unknown", "no group"}});
  });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  const auto played = player.play({"groups", "create", "X"});
  CHECK(played.exit == 6);
  CHECK(played.err == "Some fields are not right.\n  name: at most 255\n  parentId: no group\n");
}

TEST_CASE("nobody who is not signed in gets further") {
  Player player;
  const auto played = player.play({"devices", "list"});
  CHECK(played.exit == 5);
  CHECK(played.err == "You are not signed in: turnkeyctl login URL\n");
}

TEST_CASE("a server that is busy is asked again, as long after as it says, when that is harmless") {
  Gateway gateway;
  std::atomic<int> calls{0};
  std::atomic<int> commands{0};
  gateway.on("GET", "/api/devices/{serial}", [&](const http::Request&) -> core::Result<http::Response> {
    if (++calls < 3) {
      auto busy = problem_answer(503, "unavailable", "Busy.");
      busy.headers.emplace_back("Retry-After", "7");
      return busy;
    }
    return http::json_response(device("GEN-1", "One"));
  });
  gateway.answer("GET", "/api/groups", kGroups);
  gateway.on("POST", "/api/devices/{serial}/commands",
             [&](const http::Request&) -> core::Result<http::Response> {
               ++commands;
               return problem_answer(503, "unavailable", "Busy.");
             });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"devices", "show", "GEN-1"}).exit == 0);
  CHECK(calls == 3);
  CHECK(player.slept == std::vector<std::chrono::milliseconds>(2, std::chrono::seconds(7)));
  CHECK(player.play({"devices", "command", "GEN-1", "start"}).exit == 8);
  CHECK(commands == 1);
}

TEST_CASE("a command that the recipe does not have is not sent, and those that it has are named") {
  Gateway gateway;
  Json known = device("GEN-1", "One");
  known["recipe"]["commands"] = {{{"name", "start"}}, {{"name", "stop"}}};
  gateway.answer("GET", "/api/devices/{serial}", known);
  gateway.answer("POST", "/api/devices/{serial}/commands", Json::object());
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  const auto played = player.play({"devices", "command", "GEN-1", "dance"});
  CHECK(played.exit == 2);
  CHECK(played.err == "The recipe of GEN-1 has no command dance; it has: start, stop.\n");
  CHECK(played.out.empty());
  CHECK(player.play({"devices", "command", "GEN-1", "stop"}).out == "Sent stop to GEN-1.\n");
}

TEST_CASE("a server that says to wait long is not waited for") {
  Gateway gateway;
  gateway.on("GET", "/api/devices/{serial}", [&](const http::Request&) -> core::Result<http::Response> {
    auto busy = problem_answer(429, "throttled", "Too many.");
    busy.headers.emplace_back("Retry-After", "600");
    return busy;
  });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  const auto played = player.play({"devices", "show", "GEN-1"});
  CHECK(played.exit == 8);
  CHECK(played.err == "Too many. Try again in 600 s.\n");
  CHECK(player.slept.empty());
}

TEST_CASE("nobody who listens is exit code 8") {
  Player player;
  player.sign_in("http://127.0.0.1:" + std::to_string(turnkey::testing::free_port()));
  CHECK(player.play({"devices", "list"}).exit == 8);
}

TEST_CASE("a device's name cannot write escape sequences to the terminal of who lists it") {
  Gateway gateway;
  const std::string hostile = "\x1b]0;owned\x07\x1b[2J\nGEN-9  fake";
  gateway.answer("GET", "/api/devices", {{"items", {device("GEN-1", hostile)}}, {"nextCursor", nullptr}});
  gateway.on("GET", "/api/devices/{serial}", [=](const http::Request&) -> core::Result<http::Response> {
    return problem_answer(409, "conflict", "Not " + hostile);
  });
  gateway.answer("GET", "/api/groups", kGroups);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  player.terminal = true;
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"devices", "list"},
                                             {"devices", "list", "--json"},
                                             {"devices", "show", "GEN-1"},
                                             {"devices", "show", "GEN-1", "--json"}}) {
    const auto played = player.play(arguments);
    CHECK_FALSE(played.shows("\x1b"));
    CHECK_FALSE(played.shows("\x07"));
    CHECK_FALSE(played.shows("\nGEN-9"));
  }
}

TEST_CASE("a list is a table with paths of groups, its serials alone, or the server's document") {
  Gateway gateway;
  const Json page = {{"items", {device("GEN-1", "One"), device("GEN-2", "Zwei")}}, {"nextCursor", nullptr}};
  gateway.answer("GET", "/api/devices", page);
  gateway.answer("GET", "/api/groups", kGroups);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"devices", "list"}).out ==
        "SERIAL  NAME  GROUP   MODEL  CONNECTED  LAST SEEN\n"
        "GEN-1   One   Tekton  -      yes        -\n"
        "GEN-2   Zwei  Tekton  -      yes        -\n");
  CHECK(player.play({"devices", "list", "--quiet"}).out == "GEN-1\nGEN-2\n");
  CHECK(Json::parse(player.play({"devices", "list", "--json"}).out) == page);
}

TEST_CASE("pages are followed as far as is asked") {
  Gateway gateway;
  gateway.on("GET", "/api/devices", [](const http::Request& request) -> core::Result<http::Response> {
    const int from = std::stoi(request.query_value("cursor").value_or("0"));
    const int count = std::stoi(request.query_value("limit").value_or("50"));
    Json items = Json::array();
    for (int i = from; i < std::min(from + count, 450); ++i)
      items.push_back(device("GEN-" + std::to_string(i), "x"));
    return http::json_response(
        {{"items", items}, {"nextCursor", from + count < 450 ? Json(std::to_string(from + count)) : Json()}});
  });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(Json::parse(player.play({"devices", "list", "--all", "--json"}).out)["items"].size() == 450);
  const Json some = Json::parse(player.play({"devices", "list", "--limit", "250", "--json"}).out);
  CHECK(some["items"].size() == 250);
  CHECK(some["nextCursor"] == "250");
  CHECK(Json::parse(player.play({"devices", "list", "--json"}).out)["items"].size() == 100);
}

TEST_CASE("groups are named by their path") {
  Gateway gateway;
  gateway.answer("GET", "/api/groups", kGroups);
  gateway.answer("PATCH", "/api/groups/{id}", {{"id", kGroup}});
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"groups", "rename", "Tekton", "Tekton Health"}).exit == 0);
  CHECK(gateway.last().path == std::string("/api/groups/") + kGroup);
  CHECK(Json::parse(gateway.last().body) == Json{{"name", "Tekton Health"}});
  CHECK(player.play({"groups", "rename", "Nobody", "X"}).exit == 4);
}

TEST_CASE("what cannot be undone is asked first, and without a terminal --yes is needed") {
  Gateway gateway;
  gateway.answer("DELETE", "/api/devices/{serial}", {}, 204);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"devices", "delete", "GEN-1"}).exit == 2);
  player.terminal = true;
  player.input = "n\n";
  CHECK(player.play({"devices", "delete", "GEN-1"}).exit == 1);
  CHECK(gateway.requests().empty());
  player.input = "y\n";
  CHECK(player.play({"devices", "delete", "GEN-1"}).exit == 0);
  CHECK(gateway.asked() == std::vector<std::string>{"DELETE /api/devices/GEN-1"});
}

TEST_CASE("tags that are not named stay") {
  Gateway gateway;
  gateway.answer("GET", "/api/devices/{serial}", {{"tags", {{"floor", "8"}, {"old", "1"}, {"site", "S"}}}});
  gateway.answer("PATCH", "/api/devices/{serial}", Json::object());
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"devices", "edit", "GEN-1", "--tag", "floor=9", "--untag", "old"}).exit == 0);
  CHECK(Json::parse(gateway.last().body) == Json{{"tags", {{"floor", "9"}, {"site", "S"}}}});
  CHECK(player.play({"devices", "edit", "GEN-1"}).exit == 2);
}
