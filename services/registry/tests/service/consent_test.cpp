// SPDX-License-Identifier: Apache-2.0
// Asking an owner for a device, the answer, and what becomes of it.
#include "service/consent_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

TEST_CASE("an admin of the owner sees who asks and why, grants it, and who asked takes the device over") {
  ConsentStage stage;
  CHECK_FALSE(stage.may_open(stage.asker));
  stage.ask("Sold to us with the building.");
  const auto request = stage.only_request();
  CHECK(request["serial"] == stage.device.serial);
  CHECK(request["deviceName"] == "Roof");
  CHECK(request["groupName"] == "Site " + stage.name);
  CHECK(request["requester"] == Json{{"name", stage.asker_email}, {"email", stage.asker_email}});
  CHECK(request["note"] == "Sold to us with the building.");
  CHECK(request["state"] == "open");
  CHECK(request["grantedUntil"].is_null());
  CHECK_FALSE(stage.may_open(stage.asker));

  const auto granted = stage.decide("grant_consent", request["id"])["request"];
  CHECK(granted["state"] == "granted");
  CHECK(granted["grantedUntil"] == core::to_iso(system().clock.now() + 24h));
  system().clock.advance(1h);
  CHECK(stage.decide("grant_consent", request["id"])["request"] == granted);
  REQUIRE(stage.may_open(stage.asker));
  REQUIRE(stage.take(stage.asker, stage.asker_group).has_value());
  CHECK(system().must("get_device",
                      System::as(stage.asker, {{"serial", stage.device.serial}}))["device"]["groupId"] ==
        stage.asker_group);
  CHECK(stage.requests().empty());
}

TEST_CASE("S6 a consent is for the person who asked and for that device, and for nobody and nothing else") {
  ConsentStage stage;
  auto& s = system();
  const auto colleague = s.user("colleague" + stage.name + "@b.example", "technician", stage.asker_group);
  stage.ask();
  stage.decide("grant_consent", stage.only_request()["id"]);
  CHECK(stage.may_open(stage.asker));
  CHECK_FALSE(stage.may_open(colleague));
  CHECK_FALSE(stage.may_open(stage.asker, stage.other.serial));
  CHECK(detail(stage.take(colleague, stage.asker_group)) == "no_consent");
  CHECK(detail(stage.take(stage.asker, stage.asker_group, stage.other)) == "no_consent");
}

TEST_CASE(
    "S6 a consent is looked at again at the hand-over: its last millisecond is enough, the next is not") {
  auto& s = system();
  ConsentStage late;
  late.ask();
  late.decide("grant_consent", late.only_request()["id"]);
  s.clock.advance(24h - 1ms);
  CHECK(late.may_open(late.asker));
  CHECK(s.call("check_assignment", late.assignment(late.asker, late.asker_group, late.device)).has_value());
  s.clock.advance(1ms);
  CHECK_FALSE(late.may_open(late.asker));
  CHECK(detail(late.take(late.asker, late.asker_group)) == "no_consent");
  CHECK(late.only_request()["state"] == "expired");

  ConsentStage in_time;
  in_time.ask();
  in_time.decide("grant_consent", in_time.only_request()["id"]);
  s.clock.advance(24h - 1ms);
  CHECK(in_time.take(in_time.asker, in_time.asker_group).has_value());
}

TEST_CASE("S6 a consent that is taken back opens nothing, nor does one that was declined") {
  ConsentStage stage;
  stage.ask();
  const auto id = stage.only_request()["id"];
  const auto declined = stage.decide("decline_consent", id)["request"];
  CHECK(declined["state"] == "declined");
  CHECK(stage.decide("decline_consent", id)["request"] == declined);
  CHECK_FALSE(stage.may_open(stage.asker));
  stage.decide("grant_consent", id);
  CHECK(stage.may_open(stage.asker));
  stage.decide("decline_consent", id);
  CHECK_FALSE(stage.may_open(stage.asker));
  CHECK(detail(stage.take(stage.asker, stage.asker_group)) == "no_consent");
}

TEST_CASE("S6 a consent is void as soon as the device has changed hands, and works once") {
  auto& s = system();
  ConsentStage stage;
  stage.ask();
  const auto id = stage.only_request()["id"];
  stage.decide("grant_consent", id);
  REQUIRE(stage.take(stage.asker, stage.asker_group).has_value());

  // The new owner gives it back, the old one has it again: what was granted before is over.
  s.must("release_device",
         System::as(s.ops, {{"serial", stage.device.serial}, {"idempotencyKey", "back-1234"}}));
  REQUIRE(stage.take(stage.owner_technician, stage.owner_group).has_value());
  CHECK_FALSE(stage.may_open(stage.asker));
  CHECK(detail(stage.take(stage.asker, stage.asker_group)) == "no_consent");
  CHECK(code(s.call("grant_consent", System::as(stage.admin, {{"id", id}}))) == core::ErrorCode::not_found);
  CHECK(stage.requests().empty());
}

TEST_CASE("S4 the same answer for every serial, and a request only where an owner can agree") {
  auto& s = system();
  ConsentStage stage;
  const auto presence = stage.owned("presence");
  const auto never = stage.owned("never");
  const auto unowned =
      s.devices(s.recipe({{"transferPolicy", "consent"}}), "serial\nFREE" + stage.name + "\n")[0];
  const std::string serials[] = {"NEVER-MADE", "%20x",         presence.serial,
                                 never.serial, unowned.serial, stage.device.serial};
  for (const auto& serial : serials) {
    INFO(serial);
    const auto reply = s.call("ask_consent", System::as(stage.asker, {{"serial", serial}, {"note", "N"}}));
    REQUIRE(reply.has_value());
    CHECK(*reply == Json::object());
  }
  stage.settle();
  CHECK(stage.only_request()["serial"] == stage.device.serial);
  CHECK(s.number("select count(*) from registry.consent_requests where requester_id = '" + stage.asker +
                 "'") == 1);
  for (const auto& serial : {presence.serial, never.serial, unowned.serial})
    CHECK(s.must("get_ledger", System::as(s.ops, {{"serial", serial}}))["items"][0]["act"] !=
          "consent.requested");
}

TEST_CASE("S4 S5 who may not ask, decide or read gets what there is not") {
  auto& s = system();
  ConsentStage stage;
  const auto viewer = s.user("viewer" + stage.name + "@b.example", "viewer", stage.asker_group);
  for (const auto& serial : {std::string("NEVER-MADE"), stage.device.serial})
    CHECK(code(s.call("ask_consent", System::as(viewer, {{"serial", serial}}))) ==
          core::ErrorCode::not_found);
  stage.ask();
  const auto id = stage.only_request()["id"];
  const auto sibling = s.user("sibling" + stage.name + "@a.example", "admin", stage.sibling_group);
  const auto other_tenant = s.user("admin" + stage.name + "@b.example", "admin", stage.asker_group);
  for (const auto& who : {sibling, other_tenant}) {
    CHECK(s.must("list_consent_requests", System::as(who, Json::object()))["items"].empty());
    for (const char* method : {"grant_consent", "decline_consent"})
      CHECK(code(s.call(method, System::as(who, {{"id", id}}))) == core::ErrorCode::not_found);
  }
  for (const auto& who : {stage.owner_technician, stage.asker}) {
    for (const char* method : {"list_consent_requests", "list_notices"})
      CHECK(code(s.call(method, System::as(who, Json::object()))) == core::ErrorCode::not_found);
    for (const char* method : {"grant_consent", "decline_consent", "mark_notice_read"})
      CHECK(code(s.call(method, System::as(who, {{"id", id}}))) == core::ErrorCode::not_found);
  }
  CHECK_FALSE(stage.may_open(stage.asker));
  const auto above = s.user("above" + stage.name + "@a.example", "admin", stage.owner_root);
  CHECK(s.must("list_consent_requests", System::as(above, Json::object()))["items"].size() == 1);
  CHECK(s.must("grant_consent", System::as(s.ops, {{"id", id}}))["request"]["state"] == "granted");
  CHECK(s.must("decline_consent", System::as(above, {{"id", id}}))["request"]["state"] == "declined");
}

TEST_CASE("a device that somebody sees themselves needs no asking, and they are told so") {
  ConsentStage stage;
  const Json about = {{"serial", stage.device.serial}};
  CHECK(detail(system().call("ask_consent", System::as(stage.owner_technician, about))) == "own_device");
  CHECK(detail(system().call("ask_consent", System::as(system().ops, about))) == "own_device");
}

TEST_CASE("S3 whoever asks ten times in an hour waits, for whatever serial, and is told how long") {
  auto& s = system();
  ConsentStage stage;
  for (int i = 0; i < 10; ++i) {
    s.must("ask_consent", System::as(stage.asker, {{"serial", "NEVER-MADE"}}));
    s.clock.advance(1min);
  }
  for (const auto& serial : {std::string("NEVER-MADE"), stage.device.serial}) {
    const auto refused = s.call("ask_consent", System::as(stage.asker, {{"serial", serial}}));
    REQUIRE(code(refused) == core::ErrorCode::throttled);
    CHECK(refused.error().retry_after == 50min);
  }
  stage.settle();
  CHECK(stage.requests().empty());
  s.clock.advance(50min);
  CHECK(s.call("ask_consent", System::as(stage.asker, {{"serial", "NEVER-MADE"}})).has_value());
}

TEST_CASE("asked again is the same request with the newer note, and one line in the ledger") {
  ConsentStage stage;
  stage.ask("First");
  const auto first = stage.only_request();
  stage.ask("Second");
  const auto second = stage.only_request();
  CHECK(second["id"] == first["id"]);
  CHECK(second["note"] == "Second");
  CHECK(stage.acts_seen_by(stage.admin, "consent.requested") == 1);
}

TEST_CASE(
    "S20 the owner's people read in the ledger what was asked and decided, without the stranger's name") {
  ConsentStage stage;
  stage.ask("Our note");
  const auto id = stage.only_request()["id"];
  stage.decide("grant_consent", id);
  stage.decide("decline_consent", id);
  for (const char* act : {"consent.requested", "consent.granted", "consent.declined"}) {
    INFO(act);
    CHECK(stage.acts_seen_by(stage.admin, act) == 1);
    CHECK(stage.acts_seen_by(stage.asker_admin, act) == 0);
  }
  const auto ledger = system().must("get_ledger", System::as(stage.admin, {{"serial", stage.device.serial}}));
  CHECK(ledger["items"][2]["act"] == "consent.requested");
  CHECK(ledger["items"][2]["actor"].is_null());
  CHECK(ledger.dump().find("Our note") == std::string::npos);
}

TEST_CASE(
    "S14 S20 after the take-over the admins of who had it read that they were asked and agreed, nobody "
    "else") {
  auto& s = system();
  ConsentStage stage;
  ConsentStage third;  // another tenant
  const auto user = [&](const char* who, const char* role, const std::string& group) {
    return s.user(who + stage.name + "@seen.example", role, group);
  };
  const auto above = user("above", "admin", stage.owner_root);
  const auto viewer = user("viewer", "viewer", stage.owner_group);
  const auto sibling = user("sibling", "admin", stage.sibling_group);
  stage.ask("Our note");
  stage.decide("grant_consent", stage.only_request()["id"]);
  REQUIRE(stage.take(stage.asker, stage.asker_group).has_value());
  for (const char* act : {"consent.requested", "consent.granted"}) {
    INFO(act);
    for (const auto& who : {stage.admin, above}) {
      const auto lines = ConsentStage::ledger_of(who, act);
      REQUIRE(lines.size() == 1);
      CHECK(lines[0]["serial"] == stage.device.serial);
      CHECK(lines.dump().find(stage.asker_email) == std::string::npos);
    }
    for (const auto& who : {third.admin, stage.asker_admin, sibling, stage.owner_technician, viewer})
      CHECK(stage.acts_seen_by(who, act) == 0);
  }
  CHECK(ConsentStage::ledger_of(stage.admin, "consent.granted")[0]["actor"]["email"] ==
        "admin" + stage.name + "@a.example");
  // What becomes of the device from then on is not theirs to read.
  CHECK(stage.acts_seen_by(stage.admin, "device.taken_over") == 0);
  CHECK(stage.acts_seen_by(stage.asker_admin, "device.taken_over") == 1);
}

TEST_CASE("a request vanishes after seven days, and with the one who asked") {
  auto& s = system();
  ConsentStage stage;
  stage.ask();
  const auto id = stage.only_request()["id"];
  s.clock.advance(168h - 1ms);
  CHECK(stage.requests().size() == 1);
  s.clock.advance(1ms);
  CHECK(stage.requests().empty());
  CHECK(code(s.call("grant_consent", System::as(stage.admin, {{"id", id}}))) == core::ErrorCode::not_found);

  ConsentStage erased;  // [S23]
  erased.ask("About my erased self");
  s.must("delete_user", System::as(s.ops, {{"id", erased.asker}}));
  CHECK(erased.requests().empty());
  CHECK(s.dump().find("About my erased self") == std::string::npos);
}

TEST_CASE("requests and notices come in pages") {
  auto& s = system();
  ConsentStage stage;
  for (const char* who : {"p", "q", "r"}) {
    const auto user = s.user(who + stage.name + "@b.example", "technician", stage.asker_group);
    s.must("ask_consent", System::as(user, {{"serial", stage.device.serial}}));
    stage.settle();  // a question is written down after its answer
    s.clock.advance(1min);
  }
  const auto page = s.must("list_consent_requests", System::as(stage.admin, {{"limit", 2}}));
  REQUIRE(page["items"].size() == 2);
  CHECK(page["items"][0]["requester"]["name"] == "r" + stage.name + "@b.example");
  const auto rest = s.must("list_consent_requests",
                           System::as(stage.admin, {{"limit", 2}, {"cursor", page["nextCursor"]}}));
  REQUIRE(rest["items"].size() == 1);
  CHECK(rest["nextCursor"].is_null());
  stage.decide("decline_consent", rest["items"][0]["id"]);
  CHECK(s.must("list_consent_requests", System::as(stage.admin, {{"state", "open"}}))["items"].size() == 2);
  CHECK(code(s.call("list_consent_requests", System::as(stage.admin, {{"state", "granted"}}))) ==
        core::ErrorCode::invalid);
}

TEST_CASE("S17 a request has no more fields than its own, and no longer note") {
  auto& s = system();
  ConsentStage stage;
  const Json good = {{"serial", stage.device.serial}, {"note", std::string(500, 'n')}};
  CHECK(s.call("ask_consent", System::as(stage.asker, good)).has_value());
  for (const char* field : {"state", "grantedUntil", "requesterId", "deviceId"}) {
    Json more = good;
    more[field] = "x";
    CHECK(code(s.call("ask_consent", System::as(stage.asker, more))) == core::ErrorCode::invalid);
  }
  Json longer = good;
  longer["note"] = std::string(501, 'n');
  CHECK(code(s.call("ask_consent", System::as(stage.asker, longer))) == core::ErrorCode::invalid);
}
