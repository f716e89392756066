// SPDX-License-Identifier: Apache-2.0
// What is out of order or not genuine is refused, and nothing changes by it.
#include "chain.hpp"
#include "core/random.hpp"
#include "testing/fake_clock.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE(
    "S6 refused, and nothing changed - no window, no press, a press before the scan, too late, somebody "
    "else's, again") {
  Scene scene;
  testing::FakeClock clock(core::SystemClock().now());
  scene.start(clock);
  const auto device = scene.registry.add({});
  const auto state = [&](const std::string& id) -> std::string {
    return Scene::ok(scene.gateway.get(scene.anna, id)).at("provisioning").at("state");
  };
  CHECK(scene.gateway.complete(scene.anna, core::random_hex_id()).error().code == core::ErrorCode::not_found);
  const auto id = scene.open_window(scene.anna, device);
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "presence_not_proven");

  CHECK(scene.ingest.press(id, "before the scan", clock.now() - 1ms));
  CHECK(scene.ingest.press(id, "after the end", clock.now() + 300s));
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "presence_not_proven");
  for (const char* method : {"get", "complete", "cancel", "identify"}) {
    CAPTURE(method);
    const Json request = {{"actor", {{"userId", scene.bert}}},
                          {"id", id},
                          {"name", "X"},
                          {"groupId", core::random_hex_id()},
                          {"model", "kd-60"}};
    CHECK(scene.gateway.call(method, request).error().code == core::ErrorCode::not_found);
  }
  CHECK(state(id) == "waiting");

  const auto started = clock.now();
  CHECK(scene.ingest.press(id, "honest", started));
  REQUIRE(scene.becomes(id, "proven"));
  CHECK(scene.gateway.complete(scene.bert, id).error().code == core::ErrorCode::not_found);
  clock.set(started + 300s + 1ms);
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "window_closed");
  CHECK(state(id) == "expired");
  CHECK(scene.registry.assignments() == 0);

  const auto next = scene.open_window(scene.anna, device);
  CHECK(scene.ingest.press(next, "honest", started));  // the press of the window before
  CHECK(scene.detail(scene.gateway.complete(scene.anna, next)) == "presence_not_proven");
  CHECK(scene.ingest.press(next, "another", clock.now()));
  REQUIRE(scene.becomes(next, "proven"));
  const Json done = Scene::ok(scene.gateway.complete(scene.anna, next));
  CHECK(Scene::ok(scene.gateway.complete(scene.anna, next)) == done);
  const auto other = scene.gateway.call("complete", {{"actor", {{"userId", scene.anna}}},
                                                     {"id", next},
                                                     {"name", "Another wish"},
                                                     {"groupId", core::random_hex_id()},
                                                     {"model", "kd-60"}});
  CHECK(scene.detail(other) == "window_closed");
  CHECK(scene.registry.assignments() == 1);
}

TEST_CASE(
    "S8 a press of another device, retained, redelivered after a kill, or older than the window proves "
    "nothing") {
  Chain chain;
  auto units = chain.units(2);
  auto& mine = units[0];
  auto& other = units[1];
  const auto user = chain.technicians(1)[0];
  const auto pressed = R"({"data":{"register_button":true}})";
  const auto told = [&] {
    return chain.number("select count(*) from telemetry.recent_presses where device_id = '" + mine.device.id +
                        "'");
  };
  CHECK(mine.press());
  REQUIRE(eventually([&] { return told() == 1; }, 30s));
  mine.client->publish(mine.device.state(), pressed, 1, true);  // retained, before the window

  const auto id = chain.open_window(user, mine);
  other.client->published(mine.device.state(), pressed);
  other.client->published("losant/" + mine.device.id + "/state", pressed);
  CHECK(other.press());
  chain.restart_ingest();
  CHECK(chain.call("provisioning", "get", user, {{"id", id}})->at("provisioning").at("state") == "waiting");
  CHECK(chain.complete(user, id, "Stolen").error().detail == "presence_not_proven");

  // The honest press still works, whatever the device's own clock says.
  const auto time = GENERATE("-3600000", "3600000");
  const auto before = core::SystemClock().now();
  const std::string clock = time[0] == '-' ? time : std::to_string(core::to_epoch_ms(before) + 3'600'000);
  REQUIRE(eventually(
      [&] {
        mine.client->published(mine.device.state(),
                               R"({"data":{"register_button":true},"time":)" + clock + "}");
        return chain.status(id).provisioning.state == "proven";
      },
      30s));
  CHECK(chain.status(id).provisioning.presence.proven_at.value() >= before);
  CHECK(chain.complete(user, id, "Served"));
  CHECK(eventually([&] { return chain.lines(mine, "provisioning.completed") == 1; }, 30s));
  CHECK(chain.lines(other, "provisioning.completed") == 0);
}
