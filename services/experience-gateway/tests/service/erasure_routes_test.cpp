// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

namespace {

const std::string kId = "5f0c9a1b2c3d4e5f60718293";
const std::string kPath = "/api/groups/" + kId + "/erasure";

Json plan(int devices) {
  return {{"at", "2026-11-22T21:48:05.130Z"},
          {"users", {kId}},
          {"groups", {kId}},
          {"tenures",
           {{{"deviceId", kId}, {"from", "2026-11-01T00:00:00.000Z"}, {"to", "2026-11-22T00:00:00.000Z"}}}},
          {"devices", devices},
          {"rows", {{"users", 1}}}};
}

// What the services were asked to do, in order.
struct Erasers {
  std::vector<std::string> did;
  int devices = 0;
  bool finished = true;
  explicit Erasers(Stage& s) {
    s.registry->on("erase_group", [this](const Json& request) -> core::Result<Json> {
      const bool apply = request.at("apply");
      did.push_back(apply ? "registry" : "plan");
      Json reply = plan(devices);
      if (apply) {
        reply["ledger"] = {{"seq", 7}, {"hash", std::string(64, 'a')}};
        CHECK(request.at("elsewhere").at("telemetry").at("samples") == 9);
      }
      return reply;
    });
    s.provisioning->on("erase", [this](const Json& request) -> core::Result<Json> {
      if (request.at("apply")) did.push_back("provisioning");
      return Json{{"rows", {{"presses", 4}}}};
    });
    s.telemetry->on("erase_history", [this](const Json& request) -> core::Result<Json> {
      CHECK(request.at("tenures") == plan(0)["tenures"]);
      if (request.at("apply")) did.push_back("telemetry");
      return Json{{"rows", {{"samples", 9}}}, {"finished", finished}};
    });
  }
};

}  // namespace

TEST_CASE(
    "S23 an erasure is counted first; applied, the registry forgets last, and the answer names nobody") {
  auto& s = stage();
  Erasers services(s);
  const Curtain curtain;
  const auto browser = s.browser(s.person("operator"));
  const Json counted = browser.post(kPath, Json::object()).json();
  CHECK(counted["applied"] == false);
  CHECK(counted["rows"]["telemetry"]["samples"] == 9);
  CHECK(counted["ledger"].is_null());
  CHECK(services.did == std::vector<std::string>{"plan"});
  services.did.clear();
  const Json done = browser.post(kPath, {{"apply", true}}).json();
  CHECK(services.did == std::vector<std::string>{"plan", "provisioning", "telemetry", "registry"});
  CHECK(done["finished"] == true);
  CHECK(done["ledger"]["seq"] == 7);
}

TEST_CASE(
    "S23 history that takes longer than an answer leaves the registry as it is, so that the same goes on") {
  auto& s = stage();
  Erasers services(s);
  services.finished = false;
  const Curtain curtain;
  const Json done = s.browser(s.person("operator")).post(kPath, {{"apply", true}}).json();
  CHECK(done["finished"] == false);
  CHECK(services.did == std::vector<std::string>{"plan", "provisioning", "telemetry"});
}

TEST_CASE("S23 nothing is erased while devices are in the group, and only operators may ask") {
  auto& s = stage();
  Erasers services(s);
  services.devices = 2;
  const Curtain curtain;
  const auto refused = s.browser(s.person("operator")).post(kPath, {{"apply", true}});
  CHECK(refused.status == 409);
  CHECK(refused.json()["code"] == "devices_remain");
  CHECK(services.did == std::vector<std::string>{"plan"});
  CHECK(s.browser(s.person("admin")).post(kPath, Json::object()).status == 404);
  CHECK(s.browser(s.person("operator")).post(kPath, {{"apply", 1}}).status == 422);
  CHECK(s.browser(s.person("operator")).post("/api/users/x/erasure", Json::object()).status == 404);
}
