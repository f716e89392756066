// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "core/random.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;

namespace {

contracts::ProvisioningView asked() {
  contracts::ProvisioningView view;
  view.id = core::ProvisioningId::random();
  view.serial = "GEN-1234";
  view.recipe_id = core::RecipeId::random();
  view.state = "waiting";
  view.started_at = core::SystemClock().now();
  view.expires_at = view.started_at + 5min;
  view.reason = "wrong_blinks";
  view.presence = {"press", 1, 1, std::nullopt, false, contracts::BlinkQuestion{view.started_at, 4}};
  return view;
}

// What the provisioning service would say, and what it was asked.
struct Scene {
  Scene() {
    s.provisioning->on("answer_blinks", [this](const Json& request) -> core::Result<Json> {
      seen = request;
      if (request.at("id") != view.id.str() || request.at("actor").at("userId") != technician.id)
        return core::not_found();
      if (refusal) return *refusal;
      return Json{
          {"provisioning", contracts::to_json(view)}, {"deviceId", core::random_hex_id()}, {"version", 3}};
    });
  }
  ~Scene() { s.provisioning->on("answer_blinks", nullptr); }
  std::string path() const { return "/api/provisionings/" + view.id.str() + "/blinks"; }

  Stage& s = stage();
  Person technician = s.person("technician");
  Browser browser = s.browser(technician);
  contracts::ProvisioningView view = asked();
  std::optional<core::Error> refusal;
  Json seen;
};

}  // namespace

TEST_CASE("an answer about the light goes on as it was given, and the provisioning comes back") {
  Scene scene;
  const auto answer = scene.browser.post(scene.path(), {{"count", 3}, {"tries", 5}});
  CHECK(answer.status == 200);
  CHECK(scene.seen.at("count") == 3);
  CHECK(scene.seen.at("tries") == 5);
  const Json shown = answer.json();
  CHECK(shown.at("reason") == "wrong_blinks");
  CHECK(shown.at("version") == 3);
  CHECK(shown.contains("serverTime"));
  CHECK(shown.at("presence").at("blink") ==
        Json{{"askedAt", core::to_iso(scene.view.started_at)}, {"tries", 4}});
}

TEST_CASE("S5 nobody else answers about the light, nor one who provisions no more") {
  Scene scene;
  const auto other =
      scene.s.browser(scene.s.person("admin")).post(scene.path(), {{"count", 3}, {"tries", 5}});
  CHECK(other.status == 404);
  scene.seen = Json();
  const auto viewer =
      scene.s.browser(scene.s.person("viewer")).post(scene.path(), {{"count", 3}, {"tries", 5}});
  CHECK(viewer.status == 404);
  CHECK(viewer.bytes() == other.bytes());
  CHECK(scene.seen.is_null());
}

TEST_CASE("S17 an answer about the light has two fields and no more") {
  Scene scene;
  for (const Json& body : {Json{{"count", 3}, {"tries", 5}, {"blinks", 3}},
                           Json{{"count", 3}, {"tries", 5}, {"id", core::random_hex_id()}}, Json::array()}) {
    INFO(body.dump());
    CHECK(scene.browser.post(scene.path(), body).status == 422);
  }
  CHECK(scene.seen.is_null());
}

TEST_CASE("what is refused about the light says why") {
  Scene scene;
  scene.refusal = core::conflict("Press the button on the device first.", "presence_not_proven");
  const auto early = scene.browser.post(scene.path(), {{"count", 3}, {"tries", 5}});
  CHECK(early.status == 409);
  CHECK(early.json().at("code") == "presence_not_proven");
}
