// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <set>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

TEST_CASE("S4 a serial that no label can have is unknown like any other, on every method about one") {
  auto& s = system();
  const auto technician = s.user("tech@odd.example", "admin", s.group("Odd"));
  const std::string unknown = "NEVER-MADE";
  for (const std::string& serial :
       {std::string("a\0b", 3), std::string(), std::string("x"), std::string(500, 'A'),
        std::string("\u00fc\u00fc\u00fc\u00fc"), std::string("../../etc")}) {
    for (const char* method : {"get_device", "get_device_for_provisioning", "get_ledger", "release_device"}) {
      const auto ask = [&](const std::string& about) {
        Json request = System::as(technician, {{"serial", about}});
        if (std::string(method) == "release_device") request["idempotencyKey"] = "k";
        return contracts::to_json(s.call(method, request).error());
      };
      INFO(method);
      CHECK(ask(serial) == ask(unknown));
    }
  }
}

TEST_CASE("S4 a pressed device is named to those who could provision it, never to people of another tenant") {
  auto& s = system();
  const auto ours = s.group("Named Ours");
  const auto theirs = s.group("Named Theirs");
  s.group("Site", ours);
  s.group("Site", theirs);
  const auto technician = s.user("tech@named-ours.example", "technician", ours);
  const auto viewer = s.user("viewer@named-ours.example", "viewer", ours);
  const auto foreign = s.user("tech@named-theirs.example", "technician", theirs);
  const auto made =
      s.devices(s.recipe(), "serial,group,model\nNAMED-FREE,,\nNAMED-OURS,Named Ours/Site,kd-30\n");
  const auto kept = s.devices(s.recipe({{"transferPolicy", "consent"}}),
                              "serial,group,model\nNAMED-KEPT,Named Ours/Site,kd-30\n");
  const auto named = [&](const std::string& device) {
    const auto reply = s.must(
        "who_may_provision",
        {{"deviceId", device}, {"users", {technician, viewer, foreign, s.ops, core::random_hex_id()}}});
    std::set<std::string> users = reply.at("users");
    CHECK(reply.at("serial").get<std::string>().empty() == users.empty());
    CHECK(reply.size() == 2);
    return users;
  };
  using Users = std::set<std::string>;
  CHECK(named(made[0].id) == Users{technician, foreign, s.ops});
  CHECK(named(made[1].id) == Users{technician, s.ops});
  CHECK(named(kept[0].id).empty());
  CHECK(named(core::random_hex_id()).empty());
  const auto alone = s.must("who_may_provision", {{"deviceId", made[1].id}, {"users", {foreign}}});
  CHECK(alone == s.must("who_may_provision", {{"deviceId", core::random_hex_id()}, {"users", {foreign}}}));
  CHECK(s.call("who_may_provision", {{"deviceId", "x"}, {"users", {"y"}}}).error().fields.size() >= 2);
}

TEST_CASE("a model that was added to the recipe later can be chosen for devices that were made before") {
  auto& s = system();
  const auto site = s.group("Later");
  const auto recipe = s.recipe();
  const auto device = s.devices(recipe, "serial\nLATER-1\n")[0];
  s.must("update_recipe", System::as(s.ops, {{"id", recipe},
                                             {"recipe",
                                              {{"name", "Later " + recipe},
                                               {"attributes", {{{"name", "rpm"}, {"type", "number"}}}},
                                               {"models", {{{"key", "kd-60"}, {"title", "KD-60"}}}}}}}));
  const auto offered = s.must("list_models", System::as(s.ops, {{"recipeId", recipe}}));
  CHECK(offered["items"][0]["key"] == "kd-60");
  Json wanted = System::as(s.ops, {{"deviceId", device.id},
                                   {"assignmentEpoch", 0},
                                   {"provisioningId", core::random_hex_id()},
                                   {"name", "N"},
                                   {"groupId", site},
                                   {"model", "kd-30"}});
  CHECK(s.call("check_assignment", wanted).error().fields[0].field == "model");
  wanted["model"] = "kd-60";
  CHECK(s.must("assign_device", wanted)["device"]["model"] == "kd-60");
}

TEST_CASE("S21 a page of devices with many attributes fits a message, and the pages together miss none") {
  auto& s = system();
  Json attributes = Json::array();
  for (int i = 0; i < 500; ++i)
    attributes.push_back({{"name", "attribute_with_a_long_name_" + std::to_string(i)}, {"type", "number"}});
  const auto recipe = s.recipe({{"attributes", attributes}});
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = s.must("sync_devices", {{"afterRevision", after}, {"limit", 1000}});
    after = page["nextRevision"];
    more = page["more"];
  }
  REQUIRE(s.batch_of(recipe, 100));
  std::size_t devices = 0;
  std::size_t pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = s.must("sync_devices", {{"afterRevision", after}, {"limit", 1000}});
    devices += page["items"].size();
    after = page["nextRevision"];
    more = page["more"];
  }
  CHECK(devices == 100);
  CHECK(pages > 1);
}

TEST_CASE(
    "after the broker's restart no device counts as connected, and after their return all that are do") {
  auto& s = system();
  const auto site = s.group("Presence");
  std::string csv = "serial,group,model\n";
  for (int i = 0; i < 5; ++i) csv += "HERE-" + std::to_string(i) + ",Presence,kd-30\n";
  const auto devices = s.devices(s.recipe(), csv);
  const auto count = [&] {
    const auto groups = s.must("list_groups", System::as(s.ops, Json::object()));
    for (const auto& group : groups["items"])
      if (group["id"] == site) return group["connectedCount"].get<int>();
    return -1;
  };
  std::vector<std::unique_ptr<broker::tests::MqttClient>> sessions(devices.size());
  const auto connect = [&] {
    for (std::size_t i = 0; i < devices.size(); ++i)
      REQUIRE(eventually([&] {
        sessions[i] = s.broker->connect(devices[i].identity());
        return sessions[i]->connack() == 0;
      }));
  };
  connect();
  CHECK(eventually([&] { return count() == 5; }));
  sessions[0].reset();
  CHECK(eventually([&] { return count() == 4; }));
  s.broker->stop(SIGKILL);
  s.broker->start();
  REQUIRE(eventually([&] { return s.call("list_groups", System::as(s.ops, Json::object())).has_value(); }));
  CHECK(eventually([&] { return count() == 0; }));
  connect();
  CHECK(eventually([&] { return count() == 5; }));
}
