// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

Json health() {
  const std::string at = "2026-11-22T21:48:05.130Z";
  const auto service = [&](const char* name) {
    return Json{{"service", name}, {"instance", "1"},        {"version", "0.1.0"},
                {"time", at},      {"down", Json::object()}, {"unsafe", Json::array()}};
  };
  return {{"at", at},
          {"services", {service("experience-gateway"), service("registry"), service("provisioning")}},
          {"broker", {{"at", at}, {"database", true}, {"devicesConnected", 3}}},
          {"backup", {{"watched", true}, {"completedAt", at}}}};
}

Played examined(const Json& answer, int status = 200, const std::vector<std::string>& more = {}) {
  Gateway gateway;
  if (status == 200)
    gateway.answer("GET", "/api/health", answer);
  else
    gateway.on("GET", "/api/health", [status](const http::Request&) -> core::Result<http::Response> {
      return problem_answer(status, "some_code", "Some detail.");
    });
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  std::vector<std::string> arguments = {"doctor"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return player.play(arguments);
}

}  // namespace

TEST_CASE("the doctor says of each part how it is, and 0 when nothing is wrong") {
  const auto well = examined(health());
  CHECK(well.exit == 0);
  CHECK(well.err == "");
  CHECK(well.shows("ok     registry            It answers: version 0.1.0.\n"));
  const Json document = Json::parse(examined(health(), 200, {"--json"}).out);
  CHECK(document["wrong"] == 0);
  CHECK(document["findings"].size() == 5);
}

TEST_CASE("what is wrong stands with its advice, and exit code 1") {
  Json broken = health();
  broken["services"][2] = {{"service", "provisioning"}, {"silent", true}};
  const auto told = examined(broken);
  CHECK(told.exit == 1);
  CHECK(told.shows("WRONG  provisioning        It does not answer over the bus.\n"));
  CHECK(told.shows("                           -> Does it run?"));
  CHECK(told.err == "One thing is wrong.\n");
  const auto json = examined(broken, 200, {"--json"});
  CHECK(json.exit == 1);
  CHECK(Json::parse(json.out)["wrong"] == 1);
}

TEST_CASE("a broker door that the registry names and nobody opens is wrong") {
  Json away = health();
  away["services"][1]["deviceBroker"] = {{"host", "127.0.0.1"}, {"port", 1}, {"tls", true}};
  const auto told = examined(away);
  CHECK(told.exit == 1);
  CHECK(told.shows("WRONG  broker              127.0.0.1:1 cannot be reached."));
}

TEST_CASE(
    "a server that cannot sign anybody in, or whose gateway is away, is wrong; who may not look gets 2") {
  CHECK(examined({}, 503).shows("WRONG  registry            Nobody can be signed in"));
  CHECK(examined({}, 502).shows("WRONG  gateway             The proxy answers"));
  CHECK(examined({}, 502).exit == 1);
  for (const int status : {401, 403, 404, 429}) CHECK(examined({}, status).exit == 2);
  Player nobody;
  CHECK(nobody.play({"doctor"}).exit == 2);
}

TEST_CASE("S15 an answer that the doctor cannot understand is a finding") {
  CHECK(examined(Json::object()).exit == 1);
  CHECK(examined({{"services", "x"}}).exit == 1);
  CHECK(examined({{"services", {1, {{"deviceBroker", {{"host", 4}, {"port", "x"}}}}}}}).exit == 1);
}
