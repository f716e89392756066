// SPDX-License-Identifier: Apache-2.0
// What a former owner is told when somebody takes a device over.
#include <functional>
#include <mutex>

#include "service/consent_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

Json notices_of(const std::string& user, Json filter = Json::object()) {
  return system().must("list_notices", System::as(user, std::move(filter)))["items"];
}

// The events of all devices, as another system hears them.
struct Listener {
  static bus::Options options() {
    auto options = as_service(*system().broker, "experience-gateway");
    options.client_id = "experience-gateway-listener";
    return options;
  }
  Listener() : client(options()) {
    client.subscribe("registry/devices/+", 1, [this](const bus::Message& message) {
      const std::lock_guard lock(mutex);
      heard.push_back(Json::parse(message.payload));
    });
    client.start();
    REQUIRE(client.wait_connected(5s));
  }
  ~Listener() { client.stop(); }
  // The device's hand-over that `wanted` takes.
  Json assigned(const std::string& device, const std::function<bool(const Json&)>& wanted) {
    Json found;
    const bool heard_it = eventually([&] {
      const std::lock_guard lock(mutex);
      for (const auto& one : heard)
        if (one["deviceId"] == device && one["event"] == "assigned" && wanted(one)) found = one;
      return !found.is_null();
    });
    CHECK(heard_it);
    return found;
  }
  Json taken_over(const std::string& device) {
    return assigned(device, [](const Json& event) { return event.contains("takenOverFrom"); });
  }
  std::mutex mutex;
  std::vector<Json> heard;
  bus::Client client;
};

}  // namespace

TEST_CASE("S14 the former owner's admins are told of a take-over by presence, and never who it was") {
  ConsentStage stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
  const auto items = notices_of(stage.admin);
  REQUIRE(items.size() == 1);
  Json notice = items[0];
  CHECK(notice["id"].get<std::string>().size() == 24);
  notice.erase("id");
  CHECK(notice == Json{{"kind", "device_taken_over"},
                       {"serial", device.serial},
                       {"deviceName", "Roof"},
                       {"at", core::to_iso(system().clock.now())},
                       {"read", false}});
  for (const auto& who : {stage.asker_admin, system().ops}) {
    INFO(who);
    CHECK(notices_of(who).empty());
  }
  const auto sibling = system().user("notsib" + stage.name + "@a.example", "admin", stage.sibling_group);
  CHECK(notices_of(sibling).empty());
  CHECK(code(system().call("mark_notice_read", System::as(sibling, {{"id", items[0]["id"]}}))) ==
        core::ErrorCode::not_found);
}

TEST_CASE("a take-over by consent tells who was agreed to; a hand-over of what nobody had tells none") {
  auto& s = system();
  ConsentStage stage;
  CHECK(notices_of(stage.admin).empty());
  stage.ask();
  stage.decide("grant_consent", stage.only_request()["id"]);
  const auto agreed_at = core::to_iso(s.clock.now());
  s.clock.advance(1min);
  REQUIRE(stage.take(stage.asker, stage.asker_group).has_value());
  const auto items = notices_of(stage.admin);
  REQUIRE(items.size() == 1);
  CHECK(items[0]["agreed"]["with"]["email"] == stage.asker_email);
  CHECK(items[0]["agreed"]["at"] == agreed_at);
  s.must("release_device",
         System::as(stage.admin, {{"serial", stage.other.serial}, {"idempotencyKey", "released-1"}}));
  REQUIRE(stage.take(stage.asker, stage.asker_group, stage.other).has_value());
  CHECK(notices_of(stage.admin).size() == 1);
}

TEST_CASE("a notice is read by each for themselves, and once is enough") {
  auto& s = system();
  ConsentStage stage;
  const auto above = s.user("reader" + stage.name + "@a.example", "admin", stage.owner_root);
  REQUIRE(stage.take(stage.asker, stage.asker_group, stage.owned("presence")).has_value());
  const auto id = notices_of(stage.admin)[0]["id"];
  for (int i = 0; i < 2; ++i) s.must("mark_notice_read", System::as(stage.admin, {{"id", id}}));
  CHECK(notices_of(stage.admin)[0]["read"] == true);
  CHECK(notices_of(stage.admin, {{"state", "unread"}}).empty());
  CHECK(notices_of(above, {{"state", "unread"}}).size() == 1);
}

TEST_CASE("a notice is kept for ninety days, and no longer than its device") {
  auto& s = system();
  ConsentStage stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
  s.clock.advance(24h * 90 - 1ms);
  CHECK(notices_of(stage.admin).size() == 1);
  s.clock.advance(1ms);
  CHECK(notices_of(stage.admin).empty());
  s.must("delete_device", System::as(s.ops, {{"serial", device.serial}, {"idempotencyKey", "gone-12345"}}));
  CHECK(s.number("select count(*) from registry.notices where device_id = '" + device.id + "'") == 0);
}

TEST_CASE("notices come in pages, newest first") {
  auto& s = system();
  ConsentStage stage;
  std::vector<std::string> serials;
  for (int i = 0; i < 3; ++i) {
    const auto device = stage.owned("presence");
    REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
    serials.push_back(device.serial);
    s.clock.advance(1min);
  }
  const auto page = s.must("list_notices", System::as(stage.admin, {{"limit", 2}}));
  REQUIRE(page["items"].size() == 2);
  CHECK(page["items"][0]["serial"] == serials[2]);
  const auto rest = notices_of(stage.admin, {{"limit", 2}, {"cursor", page["nextCursor"]}});
  REQUIRE(rest.size() == 1);
  CHECK(rest[0]["serial"] == serials[0]);
}

TEST_CASE("the event of a take-over names the former group, and the event of a hand-over none") {
  ConsentStage stage;
  Listener listener;
  const auto device = stage.owned("presence");
  REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
  const auto event = listener.taken_over(device.id);
  CHECK(event["takenOverFrom"] == stage.owner_group);
  CHECK(event["groupId"] == stage.asker_group);
  const auto free = system().devices(system().recipe(), "serial\nFREED" + stage.name + "\n")[0];
  REQUIRE(stage.take(stage.asker, stage.asker_group, free).has_value());
  CHECK_FALSE(listener.assigned(free.id, [](const Json&) { return true; }).contains("takenOverFrom"));
}
