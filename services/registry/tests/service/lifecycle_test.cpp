// SPDX-License-Identifier: Apache-2.0
// Edits, moves, deletion, replacement: what a device goes through after its hand-over, and who may.
#include <atomic>
#include <set>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

Json about(const std::string& who, const std::string& serial, Json more = Json::object()) {
  more["serial"] = serial;
  return System::as(who, more);
}

// Every method about one serial, as `who` asks about it.
std::vector<std::pair<std::string, Json>> every_method(const std::string& who, const std::string& serial) {
  const Json key = {{"idempotencyKey", "any-key"}};
  return {{"get_device", about(who, serial)},
          {"get_device_for_provisioning", about(who, serial)},
          {"get_ledger", about(who, serial)},
          {"release_device", about(who, serial, key)},
          {"undo_release", about(who, serial)},
          {"update_device", about(who, serial, {{"name", "N"}})},
          {"delete_device", about(who, serial, key)},
          {"replace_device", about(who, serial, {{"newSerial", "ANY-UNIT"}, {"idempotencyKey", "any-key"}})}};
}

std::string refusal(const std::string& method, const Json& request) {
  const auto reply = system().call(method, request);
  return reply ? "it was answered" : contracts::to_json(reply.error()).dump();
}

std::string field_code(const core::Result<Json>& reply, const std::string& field) {
  if (reply) return "none";
  for (const auto& error : reply.error().fields)
    if (error.field == field) return error.code;
  return "other";
}

}  // namespace

TEST_CASE("a device is renamed, tagged, modelled and moved below its root by the admin of both groups") {
  auto& s = system();
  const auto root = s.group("Edit");
  const auto here = s.group("Here", root);
  const auto there = s.group("There", root);
  const auto admin = s.user("admin@edit.example", "admin", root);
  const auto narrow = s.user("narrow@edit.example", "admin", here);
  const auto device = s.devices(s.recipe(), "serial,group,model\nEDIT-1,Edit/Here,kd-30\n")[0];
  std::atomic<int> changed{0};
  const testing::Listening listening(
      *s.gateway, "registry/devices/" + device.id, [&](const bus::Message& message) {
        const auto event = contracts::decode_device_event(std::string_view(message.payload));
        if (event && event->event == "changed") ++changed;
      });
  const auto before = s.must("get_device", about(admin, "EDIT-1"));
  s.clock.advance(1h);
  const auto named =
      s.must("update_device", about(admin, "EDIT-1", {{"name", "Roof"}, {"tags", {{"a", "b"}}}}));
  CHECK(named["device"]["name"] == "Roof");
  CHECK(named["device"]["tags"] == Json{{"a", "b"}});
  CHECK(named["device"]["model"] == "kd-30");
  CHECK(field_code(s.call("update_device", about(narrow, "EDIT-1", {{"groupId", there}})), "groupId") ==
        "unknown");
  const auto moved = s.must("update_device", about(admin, "EDIT-1", {{"groupId", there}}))["device"];
  CHECK(moved["groupId"] == there);
  CHECK(moved["name"] == "Roof");
  CHECK(s.must("get_device", about(admin, "EDIT-1"))["visibleSince"] == before["visibleSince"]);  // [S14]
  CHECK(s.call("get_device", about(narrow, "EDIT-1")).error().code == core::ErrorCode::not_found);
  CHECK(eventually([&] { return changed == 2; }));
  s.must("update_device", about(admin, "EDIT-1", {{"groupId", there}, {"name", "Roof"}}));  // nothing changes
  const auto ledger = s.must("get_ledger", about(admin, "EDIT-1"))["items"];
  CHECK(ledger[0]["act"] == "device.moved");
  CHECK(ledger[0]["detail"]["group"] == "There");
  CHECK(ledger[1]["act"] == "device.changed");
  CHECK(ledger.size() == 4);
}

TEST_CASE("every wrong field of an edit is named at once, and nothing is changed") {
  auto& s = system();
  const auto root = s.group("Wrong");
  s.group("Leaf", root);
  s.devices(s.recipe(), "serial,group,model\nWRONG-1,Wrong/Leaf,kd-30\nWRONG-2,,\n");
  const auto edit = [&](const std::string& serial, const Json& fields) {
    return s.call("update_device", about(s.ops, serial, fields));
  };
  const auto wrong = edit("WRONG-1", {{"name", " "}, {"groupId", root}, {"model", "none"}});
  CHECK(field_code(wrong, "name") == "required");
  CHECK(field_code(wrong, "groupId") == "not_a_leaf");
  CHECK(field_code(wrong, "model") == "unknown");
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "\u00fc";
  CHECK(edit("WRONG-1", {{"name", umlauts}}).has_value());
  CHECK(field_code(edit("WRONG-1", {{"name", umlauts + "x"}}), "name") == "too_long");
  CHECK(field_code(edit("WRONG-1", {{"tags", {{"a", std::string(256, 'x')}}}}), "tags.a") == "too_long");
  CHECK(field_code(edit("WRONG-1", {{"owner", "me"}}), "owner") == "unknown_field");  // [S17]
  CHECK(field_code(edit("WRONG-2", {{"groupId", root}}), "groupId") == "not_assigned");
  CHECK(field_code(edit("WRONG-2", {{"model", "kd-30"}}), "model") == "not_assigned");
  CHECK(edit("WRONG-2", {{"name", "In the store"}}).has_value());
  CHECK(s.must("get_device", about(s.ops, "WRONG-1"))["device"]["model"] == "kd-30");
}

TEST_CASE("S14 a move below another root is a new owner's: operators only, history and tags stay behind") {
  auto& s = system();
  const auto a = s.group("Root A");
  const auto b = s.group("Root B");
  const auto admin_a = s.user("a@roots.example", "admin", a);
  const auto admin_b = s.user("b@roots.example", "admin", b);
  const auto both = s.must("create_user", System::as(s.ops, {{"email", "both@roots.example"},
                                                             {"name", "Both"},
                                                             {"password", kPassword},
                                                             {"role", "admin"},
                                                             {"groupIds", {a, b}}}))["user"]["id"]
                        .get<std::string>();
  const auto device =
      s.devices(s.recipe(), "serial,group,model,name,note\nROOTS-1,Root A,kd-30,Ann's,hers\n")[0];
  const auto epoch =
      s.must("get_device_for_provisioning", about(admin_b, "ROOTS-1"))["assignmentEpoch"].get<int>();
  CHECK(field_code(s.call("update_device", about(both, "ROOTS-1", {{"groupId", b}})), "groupId") ==
        "other_root");
  s.clock.advance(1h);
  const auto moved = s.must("update_device", about(s.ops, "ROOTS-1", {{"groupId", b}}))["device"];
  CHECK(moved["name"] == "ROOTS-1");
  CHECK(moved["tags"].empty());
  CHECK(moved["model"] == "kd-30");
  CHECK(moved["provisionedAt"] == core::to_iso(s.clock.now()));
  CHECK(s.call("get_device", about(admin_a, "ROOTS-1")).error().code == core::ErrorCode::not_found);
  CHECK(s.must("get_device", about(admin_b, "ROOTS-1"))["visibleSince"] == moved["provisionedAt"]);
  const auto ledger = s.must("get_ledger", about(admin_b, "ROOTS-1"));
  REQUIRE(ledger["items"].size() == 1);
  CHECK(ledger.dump().find("Root A") == std::string::npos);
  CHECK(ledger.dump().find("Ann") == std::string::npos);
  CHECK(s.call("assign_device", System::as(admin_b, {{"deviceId", device.id},
                                                     {"assignmentEpoch", epoch},
                                                     {"provisioningId", core::random_hex_id()},
                                                     {"name", "N"},
                                                     {"groupId", b},
                                                     {"model", "kd-30"}}))
            .error()
            .code == core::ErrorCode::conflict);
}

TEST_CASE(
    "S5 who may do what in a device's life: operators, admins of its group and above, and nobody else") {
  auto& s = system();
  const auto root = s.group("Rights");
  const auto site = s.group("Site", root);
  s.group("Sibling", root);
  const auto recipe = s.recipe({{"presencePolicy", "none"}});
  struct Who {
    std::string id;
    bool admin;
    bool is_operator;
  };
  const std::vector<Who> all = {{s.user("viewer@rights.example", "viewer", site), false, false},
                                {s.user("tech@rights.example", "technician", site), false, false},
                                {s.user("foreign@rights.example", "admin", s.group("Foreign")), false, false},
                                {s.user("admin@rights.example", "admin", site), true, false},
                                {s.user("parent@rights.example", "admin", root), true, false},
                                {s.ops, true, true}};
  int number = 0;
  for (const auto& who : all) {
    for (const std::string method :
         {"update_device", "release_device", "undo_release", "replace_device", "delete_device"}) {
      const std::string serial = "RIGHTS-" + std::to_string(++number);
      const std::string unit = serial + "-NEW";
      s.devices(recipe, "serial,group,model\n" + serial + ",Rights/Site,kd-30\n" + unit + ",,\n");
      if (method == "undo_release")
        s.must("release_device", about(s.ops, serial, {{"idempotencyKey", "rights-key"}}));
      Json request = about(who.id, serial);
      if (method == "update_device") request["name"] = "N";
      if (method == "replace_device") request["newSerial"] = unit;
      if (method == "release_device" || method == "replace_device" || method == "delete_device")
        request["idempotencyKey"] = "rights-key-2";
      const bool may = method == "delete_device" ? who.is_operator : who.admin;
      const auto reply = s.call(method, request);
      INFO(method << " " << number);
      CHECK(reply.has_value() == may);
      if (may) continue;
      const std::string refused = contracts::to_json(reply.error()).dump();
      request["serial"] = "RIGHTS-NONE";
      CHECK(refused == refusal(method, request));  // [S4]
    }
    const Json many = {{"serials", {"RIGHTS-NONE"}}, {"idempotencyKey", "rights-key-3"}};
    const bool some_admin = who.admin || who.id == all[2].id;  // each sees their own only
    CHECK(s.call("release_devices", System::as(who.id, many)).has_value() == some_admin);
    const auto releases = s.call("list_releases", System::as(who.id, Json::object()));
    CHECK(releases.has_value() == some_admin);
    if (who.id == all[2].id) CHECK((*releases)["items"].empty());
    CHECK(s.call("roll_out_recipe", System::as(who.id, {{"id", recipe}, {"idempotencyKey", "rights-key-4"}}))
              .has_value() == who.is_operator);
    CHECK(s.call("set_model_picture", System::as(who.id, {{"recipeId", recipe},
                                                          {"key", "kd-30"},
                                                          {"contentType", "image/jpeg"},
                                                          {"bytes", "/9j/"}}))
              .has_value() == who.is_operator);
  }
}

TEST_CASE("S11 S4 a deleted device is cut, told of and unknown on every method, for operators too") {
  auto& s = system();
  const auto site = s.group("Delete");
  const auto admin = s.user("admin@delete.example", "admin", site);
  const auto device = s.devices(s.recipe(), "serial,group,model\nDELETE-1,Delete,kd-30\n")[0];
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(eventually([&] {
    session = s.broker->connect(device.identity());
    return session->connack() == 0;
  }));
  CHECK(eventually(
      [&] { return s.must("get_device", about(s.ops, "DELETE-1"))["device"]["connected"] == true; }));
  std::atomic<bool> told{false};
  const testing::Listening listening(
      *s.gateway, "registry/devices/" + device.id, [&](const bus::Message& message) {
        const auto event = contracts::decode_device_event(std::string_view(message.payload));
        if (event && event->event == "deleted" && !event->group_id) told = true;
      });
  const Json deletion = about(s.ops, "DELETE-1", {{"idempotencyKey", "delete-key"}});
  s.must("delete_device", deletion);
  CHECK(eventually([&] { return !session->alive(); }, 1s));
  CHECK(eventually([&] { return told.load(); }, 1s));
  CHECK(s.broker->connect(device.identity())->connack() != 0);
  for (const auto& who : {s.ops, admin}) {
    const auto deleted = every_method(who, "DELETE-1");
    const auto unknown = every_method(who, "NEVER-MADE");
    for (std::size_t i = 0; i < deleted.size(); ++i) {
      INFO(deleted[i].first);
      CHECK(refusal(deleted[i].first, deleted[i].second) == refusal(unknown[i].first, unknown[i].second));
      CHECK(s.call(deleted[i].first, deleted[i].second).error().code == core::ErrorCode::not_found);
    }
  }
  s.must("delete_device", deletion);  // the reply was lost
  CHECK(s.must("list_devices", System::as(s.ops, {{"q", "DELETE-1"}}))["items"].empty());
}

TEST_CASE(
    "S23 of a deleted device the registry keeps its name in the ledger and its end for followers, no more") {
  auto& s = system();
  s.group("Erase");
  const auto recipe = s.recipe();
  const std::string row = "serial,group,model,name,note\nERASE-1,Erase,kd-30,Ann's very own,hers alone\n";
  const auto device = s.devices(recipe, row)[0];
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = s.must("sync_devices", {{"afterRevision", after}, {"limit", 1000}});
    after = page["nextRevision"];
    more = page["more"];
  }
  s.must("release_device", about(s.ops, "ERASE-1", {{"idempotencyKey", "erase-key"}}));
  s.must("delete_device", about(s.ops, "ERASE-1", {{"idempotencyKey", "erase-key"}}));
  REQUIRE(eventually([&] { return s.number("select count(*) from registry.outbox") == 0; }));
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
    const auto name = table[0].as<std::string>();
    const auto holds = [&](const std::string& text) {
      return s.number("select count(*) from registry." + name + " t where position('" + text +
                      "' in t::text) > 0");
    };
    INFO(name);
    const bool tombstone = name == "deleted_devices" || name == "credentials";
    if (name != "ledger") CHECK(holds(device.id) == (tombstone ? (name == "credentials" ? 2 : 1) : 0));
    CHECK(holds("hers alone") == 0);
    CHECK(holds("very own") == 0);
  }
  CHECK(s.number("select count(*) from registry.credentials where revoked_at is null and device_id = '" +
                 device.id + "'") == 0);
  const auto missed = s.must("sync_devices", {{"afterRevision", after}, {"limit", 1000}});
  REQUIRE(missed["items"].size() == 1);
  CHECK(missed["items"][0]["event"] == "deleted");
  CHECK(missed["items"][0]["deviceId"] == device.id);
  CHECK(missed["nextRevision"] == missed["items"][0]["revision"]);

  // The serial is another device's from now on, which inherits nothing; the old deletion does not touch it.
  const auto again = s.devices(recipe, "serial\nERASE-1\n")[0];
  CHECK(again.id != device.id);
  CHECK(s.must("get_ledger", about(s.ops, "ERASE-1"))["items"].size() == 1);
  s.must("delete_device", about(s.ops, "ERASE-1", {{"idempotencyKey", "erase-key"}}));
  CHECK(s.must("get_device", about(s.ops, "ERASE-1"))["device"]["deviceId"] == again.id);
  s.must("delete_device", about(s.ops, "ERASE-1", {{"idempotencyKey", "erase-key-2"}}));
  CHECK(s.call("get_device", about(s.ops, "ERASE-1")).error().code == core::ErrorCode::not_found);
  CHECK(s.must("verify_ledger", System::as(s.ops, Json::object()))["ok"] == true);
}

TEST_CASE("followers that were away get changes and deletions in one order, page by page") {
  auto& s = system();
  std::int64_t after = 0;
  const auto next = [&](int limit) {
    const auto page = s.must("sync_devices", {{"afterRevision", after}, {"limit", limit}});
    after = page["nextRevision"];
    return page;
  };
  while (next(1000)["more"].get<bool>()) {
  }
  const auto devices = s.devices(s.recipe(), "serial\nORDER-1\nORDER-2\nORDER-3\nORDER-4\n");
  for (const char* serial : {"ORDER-2", "ORDER-4"})
    s.must("delete_device", about(s.ops, serial, {{"idempotencyKey", "order-key"}}));
  s.must("update_device", about(s.ops, "ORDER-1", {{"name", "Last"}}));
  std::vector<std::string> seen;
  std::int64_t last = after;
  for (bool more = true; more;) {
    const auto page = next(1);
    more = page["more"];
    for (const auto& item : page["items"]) {
      CHECK(item["revision"].get<std::int64_t>() > last);
      last = item["revision"];
      seen.push_back(item["serial"].get<std::string>() + item.value("event", ""));
    }
  }
  CHECK(seen == std::vector<std::string>{"ORDER-3", "ORDER-2deleted", "ORDER-4deleted", "ORDER-1"});
}

TEST_CASE("S14 another unit takes over a device's place but no history, and the old one is cut [S11]") {
  auto& s = system();
  const auto site = s.group("Replace");
  const auto admin = s.user("admin@replace.example", "admin", site);
  const auto recipe = s.recipe({{"presencePolicy", "none"}});
  const auto devices =
      s.devices(recipe, "serial,group,model,name,floor\nREPLACE-1,Replace,kd-30,Roof,7\nREPLACE-2,,,,\n");
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(eventually([&] {
    session = s.broker->connect(devices[0].identity());
    return session->connack() == 0;
  }));
  s.clock.advance(1h);
  const Json wanted =
      about(admin, "REPLACE-1", {{"newSerial", "replace-2"}, {"idempotencyKey", "replace-key"}});
  const auto replace = [&] {
    Json device = s.must("replace_device", wanted)["device"];
    device.erase("connected");  // it connects meanwhile
    return device;
  };
  const auto unit = replace();
  CHECK(unit["serial"] == "REPLACE-2");
  CHECK(unit["name"] == "Roof");
  CHECK(unit["model"] == "kd-30");
  CHECK(unit["groupId"] == site);
  CHECK(unit["tags"]["floor"] == "7");
  CHECK(unit["provisionedAt"] == core::to_iso(s.clock.now()));
  CHECK(eventually([&] { return !session->alive(); }, 1s));
  CHECK(s.broker->connect(devices[0].identity())->connack() != 0);
  CHECK(s.broker->connect(devices[1].identity())->connack() == 0);
  CHECK(s.call("get_device", about(admin, "REPLACE-1")).error().code == core::ErrorCode::not_found);
  CHECK(s.must("get_ledger", about(admin, "REPLACE-2"))["items"][0]["act"] == "device.replacement");
  CHECK(s.must("get_ledger", about(s.ops, "REPLACE-1"))["items"][0]["act"] == "device.replaced");
  CHECK(replace() == unit);  // the reply was lost
  CHECK(s.must("get_ledger", about(admin, "REPLACE-2"))["items"].size() == 1);
}

TEST_CASE("S4 a replacement that is not theirs to take is unknown; one that needs a press is an operator's") {
  auto& s = system();
  const auto site = s.group("Refuse");
  const auto admin = s.user("admin@refuse.example", "admin", site);
  s.group("Refuse others");
  const auto open = s.recipe({{"presencePolicy", "none"}});
  s.devices(open, "serial,group,model\nREFUSE-1,Refuse,kd-30\nREFUSE-2,Refuse others,kd-30\n");
  const auto pressed = s.recipe();
  s.devices(pressed, "serial,group,model\nREFUSE-3,Refuse,kd-30\nREFUSE-4,,\nREFUSE-5,,\n");
  const auto replace = [&](const std::string& who, const std::string& old_one, const std::string& new_one) {
    return s.call("replace_device",
                  about(who, old_one, {{"newSerial", new_one}, {"idempotencyKey", "refuse-key"}}));
  };
  std::set<std::string> bytes;
  for (const auto& [old_one, new_one] :
       std::vector<std::pair<std::string, std::string>>{{"REFUSE-1", "REFUSE-2"},
                                                        {"REFUSE-1", "REFUSE-NONE"},
                                                        {"REFUSE-1", "REFUSE-1"},
                                                        {"REFUSE-2", "REFUSE-4"},
                                                        {"REFUSE-NONE", "REFUSE-4"},
                                                        {"REFUSE-1", "/"}})
    bytes.insert(contracts::to_json(replace(admin, old_one, new_one).error()).dump());
  CHECK(bytes.size() == 1);
  CHECK(replace(admin, "REFUSE-3", "REFUSE-4").error().detail == "presence_not_proven");
  CHECK(field_code(replace(s.ops, "REFUSE-1", "REFUSE-4"), "serial") == "other_recipe");
  CHECK(replace(s.ops, "REFUSE-3", "REFUSE-4").has_value());
  CHECK(s.must("get_device", about(admin, "REFUSE-4"))["device"]["groupId"] == site);
}

TEST_CASE(
    "S7 two replacements by one unit at once, and crosswise, have one winner each and do not wait in a "
    "circle") {
  auto& s = system();
  s.group("Cross");
  for (int round = 0; round < 5; ++round) {
    const std::string n = std::to_string(round);
    s.devices(s.recipe(), "serial,group,model\nCROSS-A" + n + ",Cross,kd-30\nCROSS-B" + n +
                              ",Cross,kd-30\nCROSS-C" + n + ",,\n");
    const auto by = [&](const std::string& old_one, const std::string& new_one) {
      return s
          .call("replace_device", about(s.ops, old_one + n,
                                        {{"newSerial", new_one + n}, {"idempotencyKey", "cross-" + old_one}}))
          .has_value();
    };
    std::atomic<int> won{0};
    std::thread other([&] { won += by("CROSS-B", "CROSS-C") ? 1 : 0; });
    won += by("CROSS-A", "CROSS-C") ? 1 : 0;
    other.join();
    CHECK(won == 1);
  }
}
