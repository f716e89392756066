// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "client/account.hpp"
#include "domain/duration.hpp"
#include "domain/failure.hpp"
#include "domain/group_tree.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace std::chrono_literals;

namespace {

Json tree() {
  return {{"items",
           {{{"id", "aaaaaaaaaaaaaaaaaaaaaaaa"},
             {"name", "Tekton Health"},
             {"children",
              {{{"id", "bbbbbbbbbbbbbbbbbbbbbbbb"},
                {"name", "North"},
                {"children", {{{"id", "cccccccccccccccccccccccc"}, {"name", "Clinic"}}}}}}}},
            {{"id", "dddddddddddddddddddddddd"}, {"name", "Clinic"}}}}};
}

}  // namespace

TEST_CASE("a group is found by its path or its id") {
  const GroupTree groups(tree());
  CHECK(groups.find("Tekton Health/North/Clinic").value() == "cccccccccccccccccccccccc");
  CHECK(groups.find("/Tekton Health/").value() == "aaaaaaaaaaaaaaaaaaaaaaaa");
  CHECK(groups.find("Clinic").value() == "dddddddddddddddddddddddd");
  CHECK(groups.find("bbbbbbbbbbbbbbbbbbbbbbbb").value() == "bbbbbbbbbbbbbbbbbbbbbbbb");
  CHECK(groups.path_of("cccccccccccccccccccccccc") == "Tekton Health/North/Clinic");
  CHECK(groups.lines()[2].depth == 2);
}

TEST_CASE("a group that is not seen is not found, and groups of that name are offered") {
  const GroupTree groups(tree());
  const auto wrong = groups.find("North/Clinic");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().exit == ExitCode::not_found);
  CHECK(wrong.error().message.find("Tekton Health/North/Clinic") != std::string::npos);
  CHECK_FALSE(groups.find("eeeeeeeeeeeeeeeeeeeeeeee"));
  CHECK_FALSE(groups.find(""));
  CHECK_FALSE(GroupTree(Json{{"items", {1, "x", nullptr}}}).find("x"));
}

TEST_CASE("times are written with a unit") {
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("15m") == 900s);
  CHECK(parse_duration("12h") == 43'200s);
  CHECK(parse_duration("30d") == 2'592'000s);
  CHECK(parse_duration("3600") == 3600s);
  for (const char* wrong :
       {"", "d", "-1d", "1y", "1.5h", "1 h", "99999999999999999999d", "9223372036854775807d"})
    CHECK_FALSE(parse_duration(wrong));
}

TEST_CASE("tries are further and further apart, as the server asks, and come to an end") {
  CHECK(pause_before(2, {}) == 500ms);
  CHECK(pause_before(3, {}) == 1000ms);
  CHECK(pause_before(5, {}) == 4000ms);
  CHECK_FALSE(pause_before(6, {}));
  CHECK(pause_before(2, 30s) == 30'000ms);
  CHECK_FALSE(pause_before(2, 31s));
}

TEST_CASE("each status of the server has its exit code") {
  const std::vector<std::pair<int, ExitCode>> expected = {
      {400, ExitCode::invalid},     {401, ExitCode::refused},     {403, ExitCode::refused},
      {404, ExitCode::not_found},   {409, ExitCode::conflict},    {413, ExitCode::invalid},
      {422, ExitCode::invalid},     {429, ExitCode::unavailable}, {500, ExitCode::failed},
      {502, ExitCode::unavailable}, {503, ExitCode::unavailable}, {504, ExitCode::unavailable}};
  for (const auto& [status, exit] : expected) {
    CHECK(from_answer(status, R"({"detail":"A sentence.","code":"x"})").exit == exit);
    CHECK(from_answer(status, "<html>of a proxy</html>").exit == exit);
    CHECK_FALSE(from_answer(status, "").message.empty());
  }
}

TEST_CASE("the server's problem document stays as it is") {
  const Json problem = {
      {"detail", "No."}, {"code", "invalid"}, {"errors", {{{"field", "name"}, {"code", "required"}}}}};
  const auto failure = from_answer(422, problem.dump());
  CHECK(failure.message == "No.");
  CHECK(failure.problem == problem);
  CHECK(failure.code() == "invalid");
}

TEST_CASE(
    "what somebody has already stands in the way, unless it is a cell of a table or not all that is wrong") {
  const auto exit = [](const Json& errors) {
    return from_answer(422, Json{{"detail", "No."}, {"code", "invalid"}, {"errors", errors}}.dump()).exit;
  };
  const Json taken = {{"field", "name"}, {"code", "taken"}};
  Json cell = taken;
  cell["line"] = 3;
  CHECK(exit(Json::array({taken})) == ExitCode::conflict);
  CHECK(exit(Json::array({taken, {{"field", "window_s"}, {"code", "required"}}})) == ExitCode::invalid);
  CHECK(exit(Json::array({cell})) == ExitCode::invalid);
  CHECK(exit(Json::array({"taken"})) == ExitCode::invalid);
  CHECK(exit(Json::array()) == ExitCode::invalid);
}

TEST_CASE("only what has the form of an API token goes into a header") {
  CHECK(is_api_token("tk_" + std::string(64, 'a')));
  CHECK_FALSE(is_api_token("tk_" + std::string(63, 'a') + "\n"));
  CHECK_FALSE(is_api_token("tk_" + std::string(64, 'A')));
  CHECK_FALSE(is_api_token(std::string(67, 'a')));
  CHECK_FALSE(is_api_token(""));
}
