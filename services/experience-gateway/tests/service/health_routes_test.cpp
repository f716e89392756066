// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using testing::eventually;

namespace {

Json health_of(const std::string& name) {
  return {{"service", name}, {"version", "0.1.0"}, {"down", Json::object()}};
}

void all_answer(Stage& s) {
  s.registry->on("health", [](const Json&) -> core::Result<Json> { return health_of("registry"); });
  s.provisioning->on("health", [](const Json&) -> core::Result<Json> { return health_of("provisioning"); });
  s.telemetry->on("health", [](const Json&) -> core::Result<Json> { return health_of("telemetry-ingest"); });
}

}  // namespace

TEST_CASE("operators see what every part says of itself, the broker's room among it") {
  auto& s = stage();
  const Curtain curtain;
  all_answer(s);
  const auto browser = s.browser(s.person("operator"));
  eventually([&] { return browser.get("/api/health").json()["broker"].is_object(); });
  const Json health = browser.get("/api/health").json();
  CHECK(health["services"][0]["service"] == "experience-gateway");
  CHECK(health["services"][0]["down"] == Json::object());
  CHECK(health["services"][0]["unsafe"] == Json::array());
  CHECK(health["services"][1] == health_of("registry"));
  CHECK(health["services"][2] == health_of("provisioning"));
  CHECK(health["services"][3] == health_of("telemetry-ingest"));
  CHECK(health["broker"]["journal"]["totalBytes"] > 0);
  CHECK(health["broker"]["journal"]["limitBytes"] > 0);
  CHECK(health["backup"] == Json{{"watched", false}});
}

TEST_CASE("a service that does not answer is named as silent, and the others are shown") {
  auto& s = stage();
  const Curtain curtain;
  all_answer(s);
  s.provisioning->on("health",
                     [](const Json&) -> core::Result<Json> { return core::unavailable("Not now."); });
  const Json health = s.browser(s.person("operator")).get("/api/health").json();
  CHECK(health["services"][2] == Json{{"service", "provisioning"}, {"silent", true}});
  CHECK(health["services"][3] == health_of("telemetry-ingest"));
}

TEST_CASE(
    "S4 for everybody but operators there is no health; a program's token with the scope read may look") {
  auto& s = stage();
  const Curtain curtain;
  all_answer(s);
  for (const char* role : {"viewer", "technician", "admin"}) {
    const auto browser = s.browser(s.person(role));
    CHECK(browser.get("/api/health").status == 404);
    CHECK(browser.get("/api/health").body == browser.get("/api/devices/NEVER-MADE").body);
  }
  const auto with = [&](const std::vector<std::string>& scopes) {
    const auto program = s.program_of(s.person("operator"), scopes);
    return Browser{s.app->http_port()}.get("/api/health", "Authorization: Bearer " + program.token + "\r\n");
  };
  CHECK(with({"read"}).status == 200);
  CHECK(with({"devices"}).status == 403);
  CHECK(Browser{s.app->http_port()}.get("/api/health").status == 401);
}
