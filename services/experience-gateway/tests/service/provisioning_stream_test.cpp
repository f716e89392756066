// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "contracts/topics.hpp"
#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;
using testing::eventually;
namespace topics = contracts::topics;

namespace {

// A provisioning that this technician has started.
struct Scene {
  Scene() : technician(s.person("technician")) {
    status.provisioning.id = core::ProvisioningId::random();
    status.provisioning.serial = "GEN-1234";
    status.provisioning.recipe_id = core::RecipeId::random();
    status.provisioning.state = "waiting";
    status.provisioning.started_at = core::SystemClock().now();
    status.provisioning.expires_at = status.provisioning.started_at + 5min;
    status.provisioning.presence.policy = "pattern";
    status.provisioning.presence.required_presses = 3;
    status.device_id = core::DeviceId::random();
    status.user_id = core::UserId::trusted(technician.id);
    status.version = 1;
    s.provisioning->on("get", [this](const Json& request) { return get(request); });
  }
  core::Result<Json> get(const Json& request) {
    std::unique_lock lock(mutex);
    if (request.at("id") != status.provisioning.id.str() || request.at("actor").at("userId") != technician.id)
      return core::not_found();
    Json answer = {{"provisioning", contracts::to_json(status.provisioning)},
                   {"deviceId", status.device_id.str()},
                   {"version", status.version}};
    const auto meanwhile = std::exchange(before_answer, nullptr);
    lock.unlock();
    if (meanwhile) meanwhile();
    return answer;
  }
  std::string path() const { return "/api/provisionings/" + status.provisioning.id.str() + "/events"; }
  void press(const std::string& id, int count = 1) {
    s.telemetry->say(topics::press(status.provisioning.id),
                     contracts::to_json(contracts::Press{id, core::SystemClock().now(), count}));
  }
  void become(const std::string& state, int presses) {
    std::unique_lock lock(mutex);
    status.provisioning.state = state;
    status.provisioning.presence.presses = presses;
    ++status.version;
    const Json message = contracts::to_json(status);
    lock.unlock();
    s.provisioning->say(topics::status(status.provisioning.id), message);
  }

  Stage& s = stage();
  Person technician;
  contracts::ProvisioningStatus status;
  std::mutex mutex;                     // guards status and before_answer
  std::function<void()> before_answer;  // run once
  const Curtain curtain{};
};

}  // namespace

TEST_CASE(
    "a provisioning's stream: the state, each press at once, every change, and the end after a final one") {
  Scene scene;
  Stream stream(scene.s.browser(scene.technician), scene.path());
  REQUIRE(eventually([&] { return stream.events().size() == 1; }));
  CHECK(stream.events()[0].event == "snapshot");
  CHECK(stream.events()[0].data["state"] == "waiting");
  CHECK(stream.events()[0].data["serverTime"].is_string());
  scene.press("a#0");
  REQUIRE(eventually([&] { return stream.events("press").size() == 1; }, 1s));
  CHECK(stream.events("press")[0].data["presses"] == 1);
  CHECK(stream.events("press")[0].data["requiredPresses"] == 3);
  CHECK(stream.events("press")[0].data["at"].is_string());
  scene.press("a#0");  // delivered again
  scene.press("b#0", 2);
  REQUIRE(eventually([&] { return stream.events("press").size() == 2; }));
  CHECK(stream.events("press")[1].data["presses"] == 3);
  scene.become("proven", 3);
  REQUIRE(eventually([&] { return stream.events("status").size() == 1; }));
  CHECK(stream.events("status")[0].data["state"] == "proven");
  CHECK_FALSE(stream.ended());
  scene.become("completed", 3);
  CHECK(eventually([&] { return stream.ended(); }));
  CHECK(stream.events("status").back().data["state"] == "completed");
  CHECK(stream.text().find(scene.status.device_id.str()) == std::string::npos);
  for (const auto& event : stream.events()) CHECK_FALSE(event.id.empty());
  Stream late(scene.s.browser(scene.technician), scene.path());
  CHECK(eventually([&] { return late.ended(); }));
  CHECK(late.events("snapshot").size() == 1);
}

TEST_CASE("S5 somebody else's provisioning has no stream, and says no more than one that never was") {
  Scene scene;
  const Browser other = scene.s.browser(scene.s.person("technician"));
  const auto foreign = other.get(scene.path());
  CHECK(foreign.status == 404);
  CHECK(foreign.bytes() == other.get("/api/provisionings/" + core::random_hex_id() + "/events").bytes());
}

TEST_CASE("a state that overtakes the first answer is not lost") {
  Scene scene;
  scene.before_answer = [&] { scene.become("proven", 3); };
  Stream stream(scene.s.browser(scene.technician), scene.path());
  CHECK(eventually([&] { return stream.events("status").size() == 1; }, 2s));
  REQUIRE(stream.events("snapshot").size() == 1);
  CHECK(stream.events("snapshot")[0].data["state"] == "waiting");
  CHECK(stream.events("status")[0].data["state"] == "proven");
}

TEST_CASE("S5 a technician who is demoted in mid-stream loses the provisioning within a second") {
  Scene scene;
  Stream stream(scene.s.browser(scene.technician), scene.path());
  REQUIRE(eventually([&] { return stream.events().size() == 1; }));
  scene.s.change(scene.technician, "viewer");
  CHECK(eventually([&] { return stream.ended(); }, 1s));
  const auto again = scene.s.browser(scene.technician);
  CHECK(again.get("/api/provisionings/" + scene.status.provisioning.id.str()).status == 404);
  CHECK(again.get(scene.path()).status == 404);
}

TEST_CASE("a provisioning service that is away for a moment does not end a stream whose right is asked for") {
  Scene scene;
  Stream stream(scene.s.browser(scene.technician), scene.path());
  REQUIRE(eventually([&] { return stream.events().size() == 1; }));
  std::atomic<int> refused{0};
  const Curtain curtain;
  scene.s.provisioning->on("get", [&](const Json& request) -> core::Result<Json> {
    if (refused++ < 2) return core::unavailable("starting");
    return scene.get(request);
  });
  scene.s.change(scene.technician, "admin");
  CHECK(eventually([&] { return refused == 3; }));
  scene.become("cancelled", 0);
  CHECK(eventually([&] { return stream.events("status").size() == 1; }));
}
