// SPDX-License-Identifier: Apache-2.0
// A technician waits for one unit and presses another: what the bus and the answers say of it.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

struct StrayScene : Scene {
  PlayedDevice wanted, pressed;
  StrayScene() {
    start();
    wanted = registry.add({});
    pressed = registry.add({});
    registry.may_name(pressed, anna);
  }
  std::string other_of(const std::string& id) {
    const auto other = gateway.status(id).provisioning.other_press;
    return other ? other->serial : "";
  }
  // Every byte that its user can get of it.
  std::string bytes(const std::string& user, const std::string& id) {
    return ok(gateway.get(user, id)).dump() + contracts::to_json(gateway.status(id)).dump();
  }
};

}  // namespace

TEST_CASE_METHOD(StrayScene,
                 "who pressed another unit is told its serial, and no longer once the right one is heard") {
  const auto id = open_window(anna, wanted);
  CHECK(ingest.stray(pressed));
  REQUIRE(eventually([&] { return other_of(id) == pressed.serial; }));
  const auto told = gateway.status(id);
  CHECK(told.version == 2);
  CHECK(told.provisioning.state == "waiting");
  CHECK(ok(gateway.get(anna, id)).at("provisioning").at("otherPress").at("serial") == pressed.serial);
  CHECK(ingest.press(id));
  REQUIRE(becomes(id, "proven"));
  CHECK(other_of(id).empty());
  CHECK_FALSE(ok(gateway.get(anna, id)).at("provisioning").contains("otherPress"));
}

TEST_CASE_METHOD(StrayScene, "a technician to whom the unit may not be named gets not one byte of it [S4]") {
  const auto hers = open_window(anna, wanted);
  const auto his = open_window(bert, registry.add({}));
  REQUIRE(eventually([&] { return gateway.status(his).version == 1; }));
  CHECK(ingest.stray(pressed));
  REQUIRE(eventually([&] { return other_of(hers) == pressed.serial; }));
  CHECK(bytes(anna, hers).find(pressed.serial) != std::string::npos);
  CHECK(bytes(bert, his).find(pressed.serial) == std::string::npos);
  CHECK(bytes(bert, his).find("otherPress") == std::string::npos);
  CHECK(gateway.status(his).version == 1);
}

TEST_CASE_METHOD(StrayScene, "a unit that has a window is not told to others, nor is the registry asked") {
  const auto hers = open_window(anna, wanted);
  open_window(bert, pressed);
  CHECK(ingest.stray(pressed));
  CHECK(registry.asked_who() == 0);
  CHECK_FALSE(ok(gateway.get(anna, hers)).at("provisioning").contains("otherPress"));
}

TEST_CASE_METHOD(StrayScene,
                 "a flood of presses of another unit changes a window once in five seconds [S21]") {
  const auto id = open_window(anna, wanted);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) CHECK(ingest.stray(pressed));
  const auto rounds = 1 + (std::chrono::steady_clock::now() - began) / 5s;
  const auto version = ok(gateway.get(anna, id)).at("version").get<std::int64_t>();
  CHECK(version >= 2);
  CHECK(version <= 1 + rounds);
}

TEST_CASE_METHOD(StrayScene, "a unit that is somebody's now is not named any longer [S4]") {
  const auto id = open_window(anna, wanted);
  CHECK(ingest.stray(pressed));
  REQUIRE(eventually([&] { return other_of(id) == pressed.serial; }));
  registry.tell(pressed, "assigned");
  CHECK(eventually([&] { return gateway.status(id).version == 3; }));
  CHECK(other_of(id).empty());
  CHECK(gateway.status(id).provisioning.state == "waiting");
}

TEST_CASE_METHOD(StrayScene, "a stray press that cannot be read is refused with every wrong field [S15]") {
  const auto refused = gateway.call("stray_press", {{"deviceId", "x"}, {"at", 7}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().fields.size() >= 2);
}
