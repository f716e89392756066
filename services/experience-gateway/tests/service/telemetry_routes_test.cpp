// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

TEST_CASE("what became of all reports is told to operators; for everybody else there is no such path") {
  auto& s = stage();
  const Curtain curtain;
  const Json counted = {{"received", 5},
                        {"stored", 3},
                        {"duplicate", 1},
                        {"missing", 0},
                        {"refused", {{"not_json", 1}}},
                        {"valuesRefused", Json::object()}};
  s.telemetry->on("counters", [&](const Json&) -> core::Result<Json> { return counted; });
  const auto operator_ = s.person("operator");
  CHECK(s.browser(operator_).get("/api/telemetry/counters").json() == counted);
  const std::string token = s.program_of(operator_, {"read"}).token;
  CHECK(Browser{s.app->http_port()}
            .get("/api/telemetry/counters", "Authorization: Bearer " + token + "\r\n")
            .json() == counted);
  const auto admin = s.browser(s.person("admin"));
  CHECK(admin.get("/api/telemetry/counters").status == 404);
  CHECK(admin.get("/api/telemetry/counters").body == admin.get("/api/devices/NEVER-MADE").body);
}
