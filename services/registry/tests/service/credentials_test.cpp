// SPDX-License-Identifier: Apache-2.0
// Several keys of a device, through the real registry and the real broker.
#include <future>
#include <set>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using std::chrono::seconds;

namespace {

// A device in a group of its own, with people around it.
struct Place {
  Place() : s(system()) {
    const std::string name = "Keys " + core::random_hex(4);
    tenant = s.group(name);
    s.group("Site", tenant);
    const auto other = s.group("Other " + name);
    serial = "KEY-" + core::random_hex(4);
    for (char& c : serial) c = static_cast<char>(std::toupper(c));
    device = s.devices(s.recipe(), "serial,group,model\n" + serial + "," + name + "/Site,kd-30\n")[0];
    const std::string mail = "@" + core::random_hex(4) + ".example";
    admin = s.user("admin" + mail, "admin", tenant);
    technician = s.user("tech" + mail, "technician", tenant);
    viewer = s.user("viewer" + mail, "viewer", tenant);
    foreign = s.user("foreign" + mail, "admin", other);
  }

  Json request(const std::string& user, Json fields, const std::string& access_key = "") const {
    fields["serial"] = serial;
    if (!access_key.empty()) fields["accessKey"] = access_key;
    return System::as(user, fields);
  }
  Json add(Json fields = Json::object()) const {
    if (!fields.contains("idempotencyKey")) fields["idempotencyKey"] = core::random_hex(8);
    return s.must("add_credential", request(admin, std::move(fields)));
  }
  Json update(const std::string& access_key, Json fields) const {
    return s.must("update_credential", request(admin, std::move(fields), access_key))["credential"];
  }
  Json listed(const std::string& user = "") const {
    return s.must("list_credentials", request(user.empty() ? admin : user, Json::object()))["items"];
  }
  Json one_listed(const std::string& access_key) const {
    for (const Json& one : listed())
      if (one["accessKey"] == access_key) return one;
    FAIL("the key is not listed");
    return {};
  }
  std::map<std::string, std::string> states(const std::string& user = "") const {
    std::map<std::string, std::string> by_key;
    for (const Json& one : listed(user)) by_key[one["accessKey"]] = one["state"];
    return by_key;
  }
  broker::tests::Identity identity(const Json& added) const {
    return {device.id, added["credential"]["accessKey"], added["accessSecret"], 5, {}};
  }
  bool logs_in(const broker::tests::Identity& identity) const {
    return s.broker->connect(identity)->connack() == 0;
  }
  std::unique_ptr<broker::tests::MqttClient> session(const broker::tests::Identity& identity) const {
    std::unique_ptr<broker::tests::MqttClient> one;
    REQUIRE(eventually([&] { return (one = s.broker->connect(identity))->connack() == 0; }));
    return one;
  }
  // Without a release before.
  void take_over(const std::string& group) const {
    s.must("assign_device", System::as(s.ops, {{"deviceId", device.id},
                                               {"assignmentEpoch", 1},
                                               {"provisioningId", core::random_hex_id()},
                                               {"name", "N"},
                                               {"groupId", group},
                                               {"model", "kd-30"}}));
  }
  Json ledger() const { return s.must("get_ledger", request(s.ops, {{"limit", 200}}))["items"]; }

  // All that the database holds.
  std::string database() const {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
    pqxx::nontransaction tx(connection);
    return tx.exec("select schema_to_xml('registry', true, false, '')::text")[0][0].as<std::string>();
  }

  System& s;
  std::string serial, tenant, admin, technician, viewer, foreign;
  System::Made device;
};

bool ends_within_a_second(const broker::tests::MqttClient& session) {
  return eventually([&] { return !session.alive(); }, seconds(1));
}

}  // namespace

TEST_CASE_METHOD(Place,
                 "S11 a rotation without overlap cuts the live session of the old key within a second") {
  const auto live = session(device.identity());
  REQUIRE(live->published("devices/" + device.id + "/state", "{}"));
  const auto fresh = add({{"overlap_s", 0}});
  CHECK(ends_within_a_second(*live));
  CHECK_FALSE(logs_in(device.identity()));
  CHECK(logs_in(identity(fresh)));
  CHECK(states()[device.key] == "revoked");
}

TEST_CASE_METHOD(Place,
                 "S11 a rotation with overlap leaves the old key until its end, which the broker keeps") {
  s.clock.set(core::SystemClock().now());  // the broker's is the machine's
  const auto fresh = add({{"overlap_s", 2}});
  const auto live = session(device.identity());
  CHECK(one_listed(fresh["credential"]["accessKey"]) == fresh["credential"]);
  CHECK(one_listed(device.key)["validUntil"] == core::to_iso(s.clock.now() + seconds(2)));
  CHECK(live->published("devices/" + device.id + "/state", "{}"));
  CHECK(eventually([&] { return !live->alive(); }, seconds(4)));
  CHECK(core::SystemClock().now() >= s.clock.now() + seconds(2));
  CHECK_FALSE(logs_in(device.identity()));
  CHECK(logs_in(identity(fresh)));
  s.clock.advance(seconds(2));
  CHECK(states()[device.key] == "expired");
}

TEST_CASE_METHOD(Place, "S11 disabling a key cuts its session within a second, enabling lets it in again") {
  const auto live = session(device.identity());
  CHECK(update(device.key, {{"disabled", true}})["state"] == "disabled");
  CHECK(ends_within_a_second(*live));
  CHECK_FALSE(logs_in(device.identity()));
  CHECK(update(device.key, {{"disabled", false}})["state"] == "active");
  CHECK(eventually([&] { return logs_in(device.identity()); }));
}

TEST_CASE_METHOD(Place, "S11 a list of addresses without the device's cuts its session within a second") {
  auto live = session(device.identity());
  const auto limited = update(device.key, {{"allowedAddresses", {"127.0.0.1", "10.0.0.0/8", "10.0.0.0/8"}}});
  CHECK(limited["allowedAddresses"] == Json({"127.0.0.1/32", "10.0.0.0/8"}));
  CHECK(live->published("devices/" + device.id + "/state", "{}"));
  update(device.key, {{"allowedAddresses", {"10.0.0.0/8"}}});
  CHECK(ends_within_a_second(*live));
  CHECK_FALSE(logs_in(device.identity()));
  update(device.key, {{"allowedAddresses", Json::array()}});
  CHECK(eventually([&] { return logs_in(device.identity()); }));
}

TEST_CASE_METHOD(Place, "S11 a revoked key is cut within a second, for good, and the other keys stay") {
  const auto second = add();
  const auto live = session(device.identity());
  const Json revoke = request(admin, Json::object(), device.key);
  s.must("revoke_credential", revoke);
  CHECK(ends_within_a_second(*live));
  CHECK_FALSE(logs_in(device.identity()));
  CHECK(logs_in(identity(second)));
  s.must("revoke_credential", revoke);  // its reply was lost
  const auto again = s.call("update_credential", request(admin, {{"disabled", false}}, device.key));
  CHECK(again.error().code == core::ErrorCode::conflict);
  CHECK(again.error().detail == "key_revoked");
}

TEST_CASE_METHOD(Place, "S11 a release ends every key, the disabled and the ended ones too") {
  const auto second = add();
  const auto third = add();
  const auto key_of = [](const Json& added) { return added["credential"]["accessKey"].get<std::string>(); };
  update(key_of(second), {{"disabled", true}});
  update(key_of(third), {{"validUntil", core::to_iso(s.clock.now() - seconds(1))}});
  CHECK(states()[key_of(third)] == "expired");
  s.must("release_device", request(admin, {{"idempotencyKey", "release-1"}}));
  const auto after = states(s.ops);
  CHECK(after.size() == 4);
  for (const auto& key : {device.key, key_of(second), key_of(third)}) CHECK(after.at(key) == "revoked");
  CHECK(eventually([&] { return !logs_in(device.identity()); }));
}

TEST_CASE_METHOD(
    Place, "S5 keys are the admins' of the group and the operators', for all others there is no device") {
  const auto unknown =
      contracts::to_json(s.call("list_credentials", System::as(admin, {{"serial", "NEVER-MADE"}})).error());
  const std::pair<const char*, Json> methods[] = {
      {"list_credentials", Json::object()},
      {"add_credential", {{"idempotencyKey", "k"}}},
      {"update_credential", {{"accessKey", device.key}, {"disabled", true}}},
      {"revoke_credential", {{"accessKey", device.key}}}};
  for (const auto& [method, fields] : methods) {
    for (const auto& user : {technician, viewer, foreign}) {
      INFO(method);
      CHECK(contracts::to_json(s.call(method, request(user, fields)).error()) == unknown);
    }
  }
  for (const std::string& key :
       {std::string(), std::string("x"), std::string("00000000-0000-4000-8000-000000000000"),
        std::string("' or ''='"), device.key + std::string("\0x", 2), std::string(5000, 'a')}) {
    for (const char* method : {"update_credential", "revoke_credential"}) {
      Json asked = request(admin, Json::object(), "-");
      asked["accessKey"] = key;
      CHECK(contracts::to_json(s.call(method, asked).error()) == unknown);
    }
  }
  // A key of another device is not this device's.
  const Place elsewhere;
  CHECK(contracts::to_json(
            s.call("revoke_credential", request(s.ops, Json::object(), elsewhere.device.key)).error()) ==
        unknown);
  CHECK(states() == std::map<std::string, std::string>{{device.key, "active"}});
  CHECK(states(s.ops) == states());
}

TEST_CASE_METHOD(Place, "S1 S2 every added key has its own secret, shown once and kept nowhere") {
  std::set<std::string> secrets;
  for (int i = 0; i < 4; ++i) {
    const auto added = add();
    const std::string secret = added["accessSecret"];
    CHECK(secret.size() == 64);
    CHECK(secret.find_first_not_of("0123456789abcdef") == std::string::npos);
    secrets.insert(secret);
  }
  CHECK(secrets.size() == 4);
  CHECK(eventually([&] { return logs_in(device.identity()); }));
  const std::string shown = listed(s.ops).dump() + ledger().dump() + database() + s.broker->log();
  for (const auto& secret : secrets) CHECK(shown.find(secret) == std::string::npos);
  CHECK(listed(s.ops).dump().find("ecret") == std::string::npos);
  CHECK(database().find(device.key) != std::string::npos);  // it was looked at indeed
}

TEST_CASE_METHOD(Place, "a device has at most five active keys, disabled and ended ones not counted") {
  for (int i = 0; i < 4; ++i) add();
  const auto refused = [&](const std::string& method, Json fields, const std::string& key = "") {
    const auto reply = s.call(method, request(admin, std::move(fields), key));
    return !reply && reply.error().code == core::ErrorCode::conflict &&
           reply.error().detail == "too_many_keys";
  };
  CHECK(refused("add_credential", {{"idempotencyKey", "sixth"}}));
  CHECK(refused("add_credential", {{"idempotencyKey", "sixth"}, {"overlap_s", 60}}));
  CHECK(listed().size() == 5);
  update(device.key, {{"disabled", true}});
  const auto sixth = add({{"idempotencyKey", "sixth"}});
  CHECK(refused("update_credential", {{"disabled", false}}, device.key));
  update(sixth["credential"]["accessKey"], {{"validUntil", core::to_iso(s.clock.now())}});
  update(device.key, {{"disabled", false}});
  CHECK(refused("update_credential", {{"validUntil", nullptr}}, sixth["credential"]["accessKey"]));
  add({{"overlap_s", 0}});
  const auto after = states();
  CHECK(std::count_if(after.begin(), after.end(), [](const auto& one) { return one.second == "active"; }) ==
        1);
}

TEST_CASE_METHOD(Place, "the same request for a key again makes no second one, but renews its secret") {
  const Json body = {
      {"idempotencyKey", "again-1"}, {"overlap_s", 3600}, {"allowedAddresses", {"127.0.0.0/8"}}};
  const auto first = add(body);
  const auto live = session(identity(first));
  const auto second = add(body);
  CHECK(second["credential"] == first["credential"]);
  CHECK(second["accessSecret"] != first["accessSecret"]);
  CHECK(listed().size() == 2);
  CHECK(ends_within_a_second(*live));
  CHECK_FALSE(logs_in(identity(first)));
  CHECK(logs_in(identity(second)));
  const auto used = [&](Json fields) {
    const auto reply = s.call("add_credential", request(admin, std::move(fields)));
    return !reply && reply.error().detail == "idempotency_key_used";
  };
  CHECK(used({{"idempotencyKey", "again-1"}}));
  CHECK(used({{"idempotencyKey", "again-1"}, {"overlap_s", 0}, {"allowedAddresses", {"127.0.0.0/8"}}}));
  s.clock.advance(seconds(3601));
  CHECK(used(body));
  CHECK(listed().size() == 2);
}

TEST_CASE_METHOD(Place, "S7 the same request for a key twenty times at once makes one key") {
  std::vector<std::future<core::Result<Json>>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      return s.call("add_credential", request(admin, {{"idempotencyKey", "at-once"}}));
    }));
  std::set<std::string> keys;
  for (auto& one : all) {
    const auto reply = one.get();
    REQUIRE(reply);
    keys.insert((*reply)["credential"]["accessKey"]);
  }
  CHECK(keys.size() == 1);
  CHECK(listed().size() == 2);
}

TEST_CASE_METHOD(Place,
                 "every change of a key is a line of the ledger with its access key, no change is none") {
  const auto fresh = add({{"overlap_s", 60}, {"allowedAddresses", {"2001:DB8::/32"}}});
  const std::string key = fresh["credential"]["accessKey"];
  const auto before = ledger().size();
  update(key, {{"disabled", true}, {"validUntil", "2030-01-01T00:00:00.000Z"}});
  update(key, {{"disabled", true}, {"validUntil", "2030-01-01T01:00:00.000+01:00"}});
  update(key, Json::object());
  s.must("revoke_credential", request(admin, Json::object(), key));
  const auto lines = ledger();
  REQUIRE(lines.size() == before + 2);
  CHECK(lines[0]["act"] == "credential.revoked");
  CHECK(lines[0]["detail"] == Json{{"accessKey", key}});
  CHECK(lines[1]["act"] == "credential.changed");
  CHECK(lines[1]["detail"] ==
        Json{{"accessKey", key}, {"disabled", true}, {"validUntil", "2030-01-01T00:00:00.000Z"}});
  CHECK(lines[2]["act"] == "credential.added");
  CHECK(lines[2]["detail"] ==
        Json{{"accessKey", key}, {"allowedAddresses", {"2001:db8::/32"}}, {"overlap_s", 60}});
  CHECK(lines[3]["act"] == "credential.changed");
  CHECK(lines[3]["detail"]["accessKey"] == device.key);
  CHECK(s.must("verify_ledger", System::as(s.ops, Json::object()))["ok"] == true);
}

TEST_CASE_METHOD(Place, "wrong fields of a key are all named, unknown ones refused, and nothing changes") {
  const auto errors = [&](const char* method, Json fields, const std::string& key = "") {
    std::set<std::string> names;
    const auto reply = s.call(method, request(admin, std::move(fields), key));
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == core::ErrorCode::invalid);
    for (const auto& field : reply.error().fields) names.insert(field.field);
    return names;
  };
  using Names = std::set<std::string>;
  CHECK(errors("add_credential", {{"idempotencyKey", "k"},
                                  {"overlap_s", 2592001},
                                  {"allowedAddresses", {"10.0.0.1/8", "127.0.0.1", 7, "host"}}}) ==
        Names{"overlap_s", "allowedAddresses.0", "allowedAddresses.2", "allowedAddresses.3"});
  CHECK(errors("add_credential", {{"idempotencyKey", "k"}, {"overlap_s", -1}}) == Names{"overlap_s"});
  CHECK(errors("add_credential", {{"idempotencyKey", "k"}, {"accessSecret", "mine"}}) ==
        Names{"accessSecret"});
  CHECK(errors("add_credential",
               {{"idempotencyKey", "k"}, {"allowedAddresses", std::vector<std::string>(33, "127.0.0.1")}}) ==
        Names{"allowedAddresses"});
  CHECK(errors("update_credential", {{"disabled", "yes"}, {"validUntil", "soon"}, {"state", "active"}},
               device.key) == Names{"disabled", "validUntil", "state"});
  CHECK(states() == std::map<std::string, std::string>{{device.key, "active"}});
  CHECK(add({{"overlap_s", 2592000}})["credential"]["state"] == "active");
}

TEST_CASE_METHOD(
    Place, "S14 S11 a take-over ends the keys of the former owner's people, and they are seen by no name") {
  const auto gone = add();
  const std::string gone_key = gone["credential"]["accessKey"];
  s.must("revoke_credential", request(admin, Json::object(), gone_key));
  const auto known = add(), disabled = add();
  const std::string known_key = known["credential"]["accessKey"],
                    disabled_key = disabled["credential"]["accessKey"];
  update(disabled_key, {{"disabled", true}});
  const Json by_operator =
      s.must("add_credential", request(s.ops, {{"idempotencyKey", core::random_hex(8)}}));
  CHECK(one_listed(known_key)["createdBy"]["email"].get<std::string>().starts_with("admin@"));
  const auto open = session(identity(known));
  s.clock.advance(seconds(1));
  const auto next = s.group("Next " + serial);
  take_over(next);
  CHECK(eventually([&] { return !open->alive(); }));
  CHECK_FALSE(logs_in(identity(known)));
  CHECK(logs_in(device.identity()));
  CHECK(logs_in(identity(by_operator)));
  const auto owner = s.user("owner@" + core::random_hex(4) + ".example", "admin", next);
  CHECK(s.call("list_credentials", request(admin, Json::object())).error().code ==
        core::ErrorCode::not_found);
  CHECK(states(owner) ==
        std::map<std::string, std::string>{{device.key, "active"},
                                           {by_operator["credential"]["accessKey"], "active"},
                                           {known_key, "revoked"},
                                           {disabled_key, "revoked"}});
  CHECK(listed(owner).dump().find("admin@") == std::string::npos);
  CHECK(s.call("revoke_credential", request(owner, Json::object(), gone_key)).error().code ==
        core::ErrorCode::not_found);
  CHECK(listed(s.ops).size() == 5);
}

TEST_CASE_METHOD(Place,
                 "S14 a move below another root ends such keys too, one to a group of theirs does not") {
  const auto theirs = add();
  const std::string key = theirs["credential"]["accessKey"];
  take_over(s.group("Annex", tenant));
  CHECK(states()[key] == "active");
  const auto next = s.group("Next " + serial);
  s.must("update_device", System::as(s.ops, {{"serial", serial}, {"groupId", next}}));
  CHECK(states(s.ops)[key] == "revoked");
  CHECK(states(s.ops)[device.key] == "active");
  CHECK(eventually([&] { return !logs_in(identity(theirs)); }));
  CHECK(logs_in(device.identity()));
}
