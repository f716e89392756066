// SPDX-License-Identifier: Apache-2.0
// Who hears what on the topics of integrations, and who may have one.
#include "service/integration_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

namespace {

using Types = std::vector<std::string>;

void remove(const MadeIntegration& integration) {
  system().must("delete_integration", System::as(system().ops, {{"id", integration.id()}}));
}

// Owner and asker of the consent stage are two tenants that know nothing of each other.
struct Integrated : ConsentStage {
  ~Integrated() { remove(of_operators); }  // or it would hear of what all other tests do
  MadeIntegration of_operators = integrate(system().ops, nullptr);
  MadeIntegration of_owner = integrate(system().ops, owner_root);
  MadeIntegration of_asker = integrate(asker_admin, asker_group);
  Listener operators{of_operators};
  Listener owner{of_owner};
  Listener stranger{of_asker};
};

Json list_for(const std::string& who) {
  return system().must("list_integrations", System::as(who, Json::object()))["items"];
}

bool lists(const std::string& who, const std::string& id) {
  for (const Json& item : list_for(who))
    if (item["id"] == id) return true;
  return false;
}

}  // namespace

TEST_CASE("S14 a device's life is told to its owner, and a take-over to each tenant as its own part") {
  Integrated stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.owner.hears(device.serial, {"device.registered", "device.provisioned"}));
  REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
  REQUIRE(stage.owner.hears(device.serial, {"device.registered", "device.provisioned", "device.released"}));
  REQUIRE(stage.stranger.hears(device.serial, {"device.provisioned"}));
  REQUIRE(stage.operators.hears(device.serial,
                                {"device.registered", "device.provisioned", "device.provisioned"}));
  const Json released = stage.owner.about(device.serial).back();
  CHECK(released["device"]["name"] == "Roof");
  CHECK(released["device"]["groupId"] == stage.owner_group);
  CHECK(released.dump().find(stage.asker_group) == std::string::npos);
  const Json provisioned = stage.stranger.about(device.serial).back();
  CHECK(provisioned["device"]["name"] == "Taken");
  CHECK(provisioned.dump().find(stage.owner_group) == std::string::npos);
  CHECK(provisioned.dump().find("Roof") == std::string::npos);
  system().must("release_device",
                System::as(stage.asker_admin, {{"serial", device.serial},
                                               {"idempotencyKey", core::random_hex(8)},
                                               {"secretPart", core::random_hex(32)},
                                               {"requestedAt", core::to_iso(system().clock.now())}}));
  REQUIRE(stage.stranger.hears(device.serial, {"device.provisioned", "device.released"}));
  system().must("undo_release", System::as(stage.asker_admin, {{"serial", device.serial}}));
  REQUIRE(
      stage.stranger.hears(device.serial, {"device.provisioned", "device.released", "device.provisioned"}));
  CHECK(stage.owner.types(device.serial).size() == 3);
}

TEST_CASE("of a device in stock hear the operators' integrations alone") {
  Integrated stage;
  const auto serial = "NOBODYS-" + std::to_string(core::random_below(1'000'000'000));
  const auto made = system().devices(system().recipe(), "serial\n" + serial + "\n")[0];
  REQUIRE(stage.operators.hears(made.serial, {"device.registered"}));
  CHECK(stage.owner.types(made.serial).empty());
}

TEST_CASE("coming and going is told once, with the reason, to those who have the device then") {
  Integrated stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.owner.hears(device.serial, {"device.registered", "device.provisioned"}));
  {
    const auto connection = system().broker->connect(device.identity());
    REQUIRE(
        stage.owner.hears(device.serial, {"device.registered", "device.provisioned", "device.connected"}));
  }
  REQUIRE(stage.owner.hears(
      device.serial, {"device.registered", "device.provisioned", "device.connected", "device.disconnected"}));
  CHECK(stage.owner.about(device.serial).back()["data"]["reason"] == "disconnected");
  CHECK(stage.stranger.types(device.serial).empty());
}

TEST_CASE(
    "a fault is one event for those who had the device then, and one that flaps is told once a minute") {
  Integrated stage;
  const auto device = stage.owned("presence");
  REQUIRE(stage.owner.hears(device.serial, {"device.registered", "device.provisioned"}));
  const auto fault = [&](core::Timestamp at) {
    system().must("device_faulted",
                  {{"deviceId", device.id}, {"at", core::to_iso(at)}, {"attribute", "fault"}, {"value", 17}});
  };
  const auto now = system().clock.now();
  fault(now - std::chrono::hours(1));  // somebody else's, if anybody's
  fault(now + std::chrono::seconds(1));
  REQUIRE(stage.owner.hears(device.serial, {"device.registered", "device.provisioned", "device.faulted"}));
  const auto heard = stage.owner.about(device.serial).back();
  CHECK(heard["time"] == core::to_iso(now + std::chrono::seconds(1)));
  CHECK(heard["data"] == Json{{"attribute", "fault"}, {"value", 17}});
  fault(now + std::chrono::seconds(1));
  fault(now + std::chrono::seconds(30));
  system().clock.advance(std::chrono::seconds(61));
  fault(now + std::chrono::seconds(61));
  REQUIRE(stage.owner.hears(device.serial,
                            {"device.registered", "device.provisioned", "device.faulted", "device.faulted"}));
  CHECK(stage.owner.about(device.serial).back()["time"] == core::to_iso(now + std::chrono::seconds(61)));
  CHECK(stage.stranger.types(device.serial).empty());
  CHECK(system().call("device_faulted", {{"deviceId", device.id}}).error().fields.size() == 3);
  // Of a device that is not there any more nobody hears, and that is no error.
  system().must("device_faulted", {{"deviceId", core::random_hex_id()},
                                   {"at", core::to_iso(now)},
                                   {"attribute", "fault"},
                                   {"value", "low oil"}});
}

TEST_CASE("an integration hears the types that it asked for and no others") {
  ConsentStage stage;
  const auto made = integrate(stage.admin, stage.owner_group, {{"events", {"device.released"}}});
  Listener listener(made);
  const auto device = stage.owned("presence");
  REQUIRE(stage.take(stage.asker, stage.asker_group, device).has_value());
  CHECK(listener.hears(device.serial, {"device.released"}));
}

TEST_CASE("S5 integrations are for admins of their groups and operators; for all others there are none") {
  ConsentStage stage;
  auto& s = system();
  const auto made = integrate(stage.admin, stage.owner_group);
  const auto of_all = integrate(s.ops, nullptr);
  CHECK(lists(stage.admin, made.id()));
  CHECK(lists(s.ops, made.id()));
  CHECK_FALSE(lists(stage.admin, of_all.id()));
  CHECK_FALSE(lists(stage.asker_admin, made.id()));
  const Json wanted = {{"name", "x"}, {"events", kAllEvents}};
  const auto create = [&](const std::string& who, const Json& group) {
    Json request = wanted;
    request["groupId"] = group;
    return s.call("create_integration", System::as(who, request));
  };
  CHECK(code(create(stage.owner_technician, stage.owner_group)) == core::ErrorCode::not_found);
  CHECK(create(stage.admin, nullptr).error().fields.front().field == "groupId");
  CHECK(create(stage.admin, stage.sibling_group).error().fields.front().field == "groupId");
  CHECK(create(stage.admin, stage.asker_group).error().fields.front().field == "groupId");
  for (const auto& who : {stage.asker_admin, stage.owner_technician})
    for (const char* method :
         {"update_integration", "rotate_integration", "delete_integration", "list_deliveries"}) {
      INFO(method);
      CHECK(code(s.call(method, System::as(who, {{"id", made.id()}}))) == core::ErrorCode::not_found);
    }
  CHECK(code(s.call("list_integrations", System::as(stage.owner_technician, Json::object()))) ==
        core::ErrorCode::not_found);
  remove(of_all);
}

TEST_CASE("what is wrong with an integration is said field by field") {
  auto& s = system();
  const auto fields = [&](Json request) {
    const auto reply = s.call("create_integration", System::as(s.ops, std::move(request)));
    REQUIRE_FALSE(reply);
    std::vector<std::string> names;
    for (const auto& field : reply.error().fields) names.push_back(field.field);
    return names;
  };
  CHECK(fields({{"name", ""}, {"events", Json::array()}}) == Types{"name", "events"});
  CHECK(fields({{"name", "x"}, {"events", {"device.exploded"}}}) == Types{"events"});
  CHECK(fields({{"name", "x"}, {"events", kAllEvents}, {"secret", "mine"}}) == Types{"secret"});
  CHECK(fields({{"name", "x"}, {"events", kAllEvents}, {"webhook", {{"url", "gopher://x"}}}}) ==
        Types{"webhook.url"});
  CHECK(fields(
            {{"name", "x"}, {"events", kAllEvents}, {"webhook", {{"url", "https://x/"}, {"secret", "y"}}}}) ==
        Types{"webhook.secret"});
}

TEST_CASE("S11 rotating and deleting an integration cut its session within a second") {
  ConsentStage stage;
  auto& s = system();
  const auto made = integrate(stage.admin, stage.owner_group);
  Listener before(made);
  const MadeIntegration rotated{s.must("rotate_integration", System::as(stage.admin, {{"id", made.id()}}))};
  CHECK(eventually([&] { return !before.alive(); }, std::chrono::seconds(1)));
  CHECK(s.broker->connect(made.identity())->connack() == 0x87);
  Listener after(rotated);
  s.must("delete_integration", System::as(stage.admin, {{"id", made.id()}}));
  CHECK(eventually([&] { return !after.alive(); }, std::chrono::seconds(1)));
  CHECK(s.broker->connect(rotated.identity())->connack() == 0x87);
  CHECK_FALSE(lists(stage.admin, made.id()));
}

TEST_CASE("S2 neither secret of an integration is found in the database") {
  const auto made = integrate(system().ops, nullptr, {{"webhook", {{"url", "https://hooks.example/"}}}});
  const std::string all = system().dump();
  CHECK(all.find(made.reply["mqtt"]["password"].get<std::string>()) == std::string::npos);
  CHECK(all.find(made.secret()) == std::string::npos);
  CHECK(all.find(made.secret().substr(6)) == std::string::npos);
  remove(made);
}

TEST_CASE("a group with an integration stays until that is deleted, and every step is in the ledger") {
  auto& s = system();
  const auto group = s.group("Integrated " + core::random_hex(3));
  const auto made = integrate(s.ops, group);
  s.must("update_integration", System::as(s.ops, {{"id", made.id()}, {"name", "Other"}}));
  CHECK(detail(s.call("delete_group", System::as(s.ops, {{"id", group}}))) == "group_not_empty");
  s.must("delete_integration", System::as(s.ops, {{"id", made.id()}}));
  s.must("delete_group", System::as(s.ops, {{"id", group}}));
  for (const char* act : {"integration.created", "integration.changed", "integration.deleted"}) {
    INFO(act);
    CHECK(ConsentStage::ledger_of(s.ops, act)[0]["detail"]["integrationId"] == made.id());
  }
}

TEST_CASE("S21 a group has at most twenty integrations") {
  auto& s = system();
  const auto group = s.group("Many " + core::random_hex(3));
  for (int i = 0; i < 20; ++i) integrate(s.ops, group);
  CHECK(detail(s.call("create_integration",
                      System::as(s.ops, {{"name", "x"}, {"groupId", group}, {"events", kAllEvents}}))) ==
        "too_many_integrations");
}
