// SPDX-License-Identifier: Apache-2.0
// Releases: answered once and for all, in numbers, and taken back.
#include <pqxx/transaction>

#include "core/hash.hpp"
#include "service/raw_caller.hpp"
#include "service/system.hpp"
#include "usecases/release_devices.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

Json release_of(const std::string& who, const std::string& serial, const std::string& key = "release-key") {
  return System::as(who, {{"serial", serial}, {"idempotencyKey", key}});
}

Json undo_of(const std::string& who, const std::string& serial) {
  return System::as(who, {{"serial", serial}});
}

std::string detail(const core::Result<Json>& reply) { return reply ? "none" : reply.error().detail; }

int valid_keys(const std::string& device) {
  return system().number(
      "select count(*) from registry.credentials where revoked_at is null and device_id = '" + device + "'");
}

// Is this the device's one and only key, with this secret?
bool is_the_key(const std::string& device, const Json& credentials) {
  return valid_keys(device) == 1 &&
         system().number(
             "select count(*) from registry.credentials where revoked_at is null and device_id = '" + device +
             "' and access_key = '" + credentials["accessKey"].get<std::string>() +
             "' and encode(secret_hash, 'hex') = '" +
             core::sha256_hex(credentials["accessSecret"].get<std::string>()) + "'") == 1;
}

std::unique_ptr<broker::tests::MqttClient> session_of(const broker::tests::Identity& identity) {
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(eventually([&] {
    session = system().broker->connect(identity);
    return session->connack() == 0;
  }));
  return session;
}

}  // namespace

TEST_CASE(
    "S7 one release that the bus brings to two replicas at once is answered twice with the one valid key") {
  auto& s = system();
  s.group("Twice");
  const auto device = s.devices(s.recipe(), "serial,group,model\nBROUGHT-1,Twice,kd-30\n")[0];
  auto config = s.config();
  config.service.bus.client_id = "registry-second";
  registry::App second(config, s.clock);
  REQUIRE(eventually([&] { return second.connected(); }));
  RawCaller caller;

  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::work holding(connection);
  holding.exec("select from registry.devices where serial = 'BROUGHT-1' for update");
  Json request = release_of(s.ops, "BROUGHT-1", "twice-key");
  request["secretPart"] = core::random_hex(32);
  request["requestedAt"] = core::to_iso(s.clock.now());
  caller.send("release_device", request);
  caller.send("release_device", request);
  CHECK(eventually([&] {
    return s.number(
               "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and "
               "application_name = 'turnkey-registry'") == 2;
  }));
  holding.commit();
  REQUIRE(eventually([&] { return caller.replies().size() == 2; }));
  const auto replies = caller.replies();
  CHECK(replies[0] == replies[1]);
  CHECK(is_the_key(device.id, replies[0]["ok"]["credentials"]));
  const auto ledger = s.must("get_ledger", System::as(s.ops, {{"serial", "BROUGHT-1"}}));
  CHECK(ledger["items"].size() == 3);  // registered, assigned, released
}

TEST_CASE("a release whose reply was lost is answered with new keys, and an overtaken one changes nothing") {
  auto& s = system();
  s.group("Lost");
  const auto device = s.devices(s.recipe(), "serial,group,model\nUNHEARD-1,Lost,kd-30\n")[0];
  Json first = release_of(s.ops, "UNHEARD-1");
  first["secretPart"] = core::random_hex(32);
  first["requestedAt"] = core::to_iso(s.clock.now());
  const auto lost = s.must("release_device", first)["credentials"];
  CHECK(s.must("release_device", first)["credentials"] == lost);

  Json again = release_of(s.ops, "UNHEARD-1");
  again["secretPart"] = core::random_hex(32);
  again["requestedAt"] = core::to_iso(s.clock.now() + 1ms);
  const auto renewed = s.must("release_device", again)["credentials"];
  CHECK(renewed != lost);
  CHECK(is_the_key(device.id, renewed));
  CHECK(detail(s.call("release_device", first)) == "idempotency_key_used");
  CHECK(is_the_key(device.id, renewed));
  CHECK(s.call("release_device", release_of(s.ops, "UNHEARD-1", "another-key")).error().code ==
        core::ErrorCode::not_found);
  CHECK(s.must("get_ledger", System::as(s.ops, {{"serial", "UNHEARD-1"}}))["items"].size() == 3);
}

TEST_CASE("S7 a release that comes again after the device was handed over takes it from nobody") {
  auto& s = system();
  const auto site = s.group("Handed over");
  const auto device = s.devices(s.recipe(), "serial,group,model\nCAMEBACK-1,Handed over,kd-30\n")[0];
  s.must("release_device", release_of(s.ops, "CAMEBACK-1"));
  s.must("undo_release", undo_of(s.ops, "CAMEBACK-1"));
  CHECK(detail(s.call("release_device", release_of(s.ops, "CAMEBACK-1"))) == "idempotency_key_used");
  const Json many = {{"serials", {"CAMEBACK-1"}}, {"idempotencyKey", "release-key"}};
  CHECK(s.must("release_devices", System::as(s.ops, many))["released"] == 0);

  s.must("release_device", release_of(s.ops, "CAMEBACK-1", "second-key"));
  s.must("assign_device", System::as(s.ops, {{"deviceId", device.id},
                                             {"assignmentEpoch", 4},
                                             {"groupId", site},
                                             {"name", "Anew"},
                                             {"model", "kd-30"},
                                             {"provisioningId", core::random_hex_id()}}));
  CHECK(detail(s.call("release_device", release_of(s.ops, "CAMEBACK-1", "second-key"))) ==
        "idempotency_key_used");
  CHECK(s.must("get_device", System::as(s.ops, {{"serial", "CAMEBACK-1"}}))["device"]["name"] == "Anew");
  CHECK(valid_keys(device.id) == 1);
  CHECK(s.call("release_device", release_of(s.ops, "CAMEBACK-1", "third-key")).has_value());
}

TEST_CASE("one key for the releases of two devices leaves a line in the ledger for each") {
  auto& s = system();
  s.group("Same key");
  s.devices(s.recipe(), "serial,group,model\nSAMEKEY-1,Same key,kd-30\nSAMEKEY-2,Same key,kd-30\n");
  for (const char* serial : {"SAMEKEY-1", "SAMEKEY-2"}) {
    s.must("release_device", release_of(s.ops, serial, "one-key"));
    const auto ledger = s.must("get_ledger", System::as(s.ops, {{"serial", serial}}));
    CHECK(ledger["items"][0]["act"] == "device.released");
  }
}

TEST_CASE(
    "S11 S14 a release is taken back: all is as it was, the old key too, and the new key's session ends") {
  auto& s = system();
  const auto site = s.group("Undo");
  const auto admin = s.user("admin@undo.example", "admin", site);
  const auto device = s.devices(s.recipe(), "serial,group,model,name,floor\nUNDO-1,Undo,kd-30,Roof,7\n")[0];
  s.clock.advance(1h);
  const auto before = s.must("get_device", System::as(admin, {{"serial", "UNDO-1"}}));
  const auto released = s.must("release_device", release_of(admin, "UNDO-1"));
  const auto in_between =
      s.must("get_device_for_provisioning", System::as(admin, {{"serial", "UNDO-1"}}))["assignmentEpoch"];
  const auto session = session_of(
      {device.id, released["credentials"]["accessKey"], released["credentials"]["accessSecret"], 5, {}});
  CHECK(s.call("get_device", System::as(admin, {{"serial", "UNDO-1"}})).error().code ==
        core::ErrorCode::not_found);
  const auto shown = s.must("list_releases", System::as(admin, Json::object()))["items"];
  REQUIRE(shown.size() == 1);
  CHECK(shown[0]["serial"] == "UNDO-1");
  CHECK(shown[0]["name"] == "Roof");
  CHECK(shown[0]["groupName"] == "Undo");
  CHECK(shown[0]["undoUntil"] == core::to_iso(s.clock.now() + 10min));
  CHECK(s.must("get_device", System::as(s.ops, {{"serial", "UNDO-1"}}))["undoUntil"] ==
        shown[0]["undoUntil"]);

  s.clock.advance(10min - 1ms);  // the last millisecond in which it can be
  const auto undone = s.must("undo_release", undo_of(admin, "UNDO-1"))["device"];
  CHECK(undone["groupId"] == site);
  CHECK(undone["name"] == "Roof");
  CHECK(undone["model"] == "kd-30");
  CHECK(undone["tags"]["floor"] == "7");
  CHECK(undone["provisionedAt"] == before["device"]["provisionedAt"]);
  CHECK(eventually([&] { return !session->alive(); }, 1s));
  CHECK(eventually([&] { return s.broker->connect(device.identity())->connack() == 0; }));
  CHECK(valid_keys(device.id) == 1);
  const auto seen = s.must("get_device", System::as(admin, {{"serial", "UNDO-1"}}));
  CHECK(seen["visibleSince"] == before["visibleSince"]);
  CHECK(seen["undoUntil"].is_null());
  CHECK(s.must("undo_release", undo_of(admin, "UNDO-1"))["device"]["provisionedAt"] ==
        undone["provisionedAt"]);
  const auto ledger = s.must("get_ledger", System::as(admin, {{"serial", "UNDO-1"}}))["items"];
  CHECK(ledger[0]["act"] == "device.release_undone");
  CHECK(ledger[1]["act"] == "device.released");
  CHECK(ledger.size() == 4);  // what was before is theirs again

  // A hand-over that was prepared in between does not go through, nor does the release a second time.
  CHECK(s.call("assign_device", System::as(admin, {{"deviceId", device.id},
                                                   {"assignmentEpoch", in_between},
                                                   {"provisioningId", core::random_hex_id()},
                                                   {"name", "N"},
                                                   {"groupId", site},
                                                   {"model", "kd-30"}}))
            .error()
            .code == core::ErrorCode::conflict);
  CHECK(s.must("list_releases", System::as(admin, Json::object()))["items"].empty());
}

TEST_CASE("a release cannot be taken back from the tenth minute on, nor when somebody took the device") {
  auto& s = system();
  const auto site = s.group("Over");
  const auto other = s.group("Taker");
  const auto admin = s.user("admin@over.example", "admin", site);
  const auto taker = s.user("admin@taker.example", "admin", other);
  const auto devices =
      s.devices(s.recipe(), "serial,group,model\nOVER-1,Over,kd-30\nOVER-2,Over,kd-30\nOVER-3,Over,kd-30\n");
  for (const char* serial : {"OVER-1", "OVER-2"}) s.must("release_device", release_of(admin, serial));
  const auto epoch =
      s.must("get_device_for_provisioning", System::as(taker, {{"serial", "OVER-2"}}))["assignmentEpoch"];
  s.must("assign_device", System::as(taker, {{"deviceId", devices[1].id},
                                             {"assignmentEpoch", epoch},
                                             {"provisioningId", core::random_hex_id()},
                                             {"name", "Theirs"},
                                             {"groupId", other},
                                             {"model", "kd-30"}}));
  CHECK(detail(s.call("undo_release", undo_of(admin, "OVER-2"))) == "undo_over");
  CHECK(detail(s.call("undo_release", undo_of(s.ops, "OVER-2"))) == "undo_over");
  CHECK(detail(s.call("undo_release", undo_of(taker, "OVER-2"))) == "undo_over");
  CHECK(s.must("get_device", System::as(taker, {{"serial", "OVER-2"}}))["device"]["name"] == "Theirs");
  CHECK(detail(s.call("undo_release", undo_of(admin, "OVER-3"))) == "undo_over");  // it was not released

  s.clock.advance(10min);
  CHECK(detail(s.call("undo_release", undo_of(admin, "OVER-1"))) == "undo_over");
  CHECK(s.must("list_releases", System::as(admin, Json::object()))["items"].empty());
  CHECK(s.must("get_device", System::as(s.ops, {{"serial", "OVER-1"}}))["undoUntil"].is_null());
  CHECK(s.call("undo_release", undo_of(taker, "OVER-1")).error().code == core::ErrorCode::not_found);
}

TEST_CASE("a release is not taken back into a group that has gone or has groups below it now") {
  auto& s = system();
  const auto root = s.group("Shape");
  const auto gone = s.group("Gone", root);
  const auto grown = s.group("Grown", root);
  s.devices(s.recipe(), "serial,group,model\nSHAPE-1,Shape/Gone,kd-30\nSHAPE-2,Shape/Grown,kd-30\n");
  for (const char* serial : {"SHAPE-1", "SHAPE-2"}) s.must("release_device", release_of(s.ops, serial));
  s.must("delete_group", System::as(s.ops, {{"id", gone}}));
  s.group("Below", grown);
  for (const char* serial : {"SHAPE-1", "SHAPE-2"})
    CHECK(detail(s.call("undo_release", undo_of(s.ops, serial))) == "undo_over");
}

TEST_CASE("S7 of an undo and a hand-over at once one wins, and nothing is half done") {
  auto& s = system();
  const auto site = s.group("Undo race");
  for (int round = 0; round < 5; ++round) {
    const std::string serial = "UNDORACE-" + std::to_string(round);
    const auto device = s.devices(s.recipe(), "serial,group,model\n" + serial + ",Undo race,kd-30\n")[0];
    s.must("release_device", release_of(s.ops, serial));
    const auto epoch =
        s.must("get_device_for_provisioning", System::as(s.ops, {{"serial", serial}}))["assignmentEpoch"];
    std::optional<core::Result<Json>> undone;
    std::thread undoing([&] { undone = s.call("undo_release", undo_of(s.ops, serial)); });
    const auto assigned =
        s.call("assign_device", System::as(s.ops, {{"deviceId", device.id},
                                                   {"assignmentEpoch", epoch},
                                                   {"provisioningId", core::random_hex_id()},
                                                   {"name", "Taken"},
                                                   {"groupId", site},
                                                   {"model", "kd-30"}}));
    undoing.join();
    CHECK(int(undone->has_value()) + int(assigned.has_value()) == 1);
    CHECK(valid_keys(device.id) == 1);
    const auto now = s.must("get_device", System::as(s.ops, {{"serial", serial}}))["device"];
    CHECK(now["name"] == (assigned ? "Taken" : serial));
  }
}

namespace {

std::vector<registry::CsvRow> rows_of(const std::string& csv) {
  registry::CsvReader reader;
  reader.feed(csv);
  reader.end();
  std::vector<registry::CsvRow> rows;
  while (auto record = reader.next()) rows.push_back(std::move(record->cells));
  return rows;
}

}  // namespace

TEST_CASE(
    "S16 many devices are released in one request, each on its own, and the answer is safe in a "
    "spreadsheet") {
  auto& s = system();
  const auto site = s.group("Many");
  const auto admin = s.user("admin@many.example", "admin", site);
  s.group("Not many");
  s.devices(s.recipe(), "serial,group,model\nMANY-1,Many,kd-30\nMANY-2,Many,kd-30\nMANY-3,Not many,kd-30\n");
  Json request = System::as(admin, {{"serials", {"many-1", "MANY-2", "MANY-1", "MANY-3", "MANY-4", "=cmd()"}},
                                    {"idempotencyKey", "many-key"},
                                    {"secretPart", core::random_hex(32)},
                                    {"requestedAt", core::to_iso(s.clock.now())}});
  const auto reply = s.must("release_devices", request);
  CHECK(reply["released"] == 2);
  auto rows = rows_of(reply["csv"].get<std::string>());
  REQUIRE(rows.size() == 7);
  CHECK(rows[0] == registry::CsvRow{"serial", "result", "access_key", "access_secret"});
  rows.erase(rows.begin());
  std::vector<std::string> results;
  for (const auto& row : rows) results.push_back(row[1]);
  CHECK(results ==
        std::vector<std::string>{"released", "released", "repeated", "not_found", "not_found", "not_found"});
  CHECK(rows[0][3].size() == 64);
  CHECK(rows[0][3] != rows[1][3]);
  CHECK(rows[3][3].empty());
  CHECK(rows[5][0] == "'=cmd()");
  CHECK(s.must("release_devices", request)["csv"] == reply["csv"]);  // the same request, sent again

  request["serials"] = Json::array();
  CHECK(s.call("release_devices", request).error().fields[0].field == "serials");
  request["serials"] = Json::array_t(1001, "MANY-1");
  CHECK(s.call("release_devices", request).error().fields[0].field == "serials");
  const auto first = s.must("list_releases", System::as(admin, {{"limit", 1}}));
  const auto next =
      s.must("list_releases", System::as(admin, {{"limit", 1}, {"cursor", first["nextCursor"]}}));
  CHECK(first["items"][0]["serial"] != next["items"][0]["serial"]);
  CHECK(next["nextCursor"].is_null());
}

TEST_CASE("S23 what a former owner called theirs is forgotten when it cannot be taken back any more") {
  auto& s = system();
  s.group("Forget");
  s.devices(s.recipe(), "serial,group,model,name,note\nFORGET-1,Forget,kd-30,Ann's own,hers\n");
  s.must("release_device", release_of(s.ops, "FORGET-1"));
  const auto kept = [&] {
    return s.number(
        "select count(*) from registry.released_devices where name = 'Ann''s own' or tags::text like "
        "'%hers%'");
  };
  CHECK(kept() == 1);
  s.clock.advance(10min);
  s.at_once(registry::sweep_releases);
  CHECK(kept() == 0);
  CHECK(detail(s.call("undo_release", undo_of(s.ops, "FORGET-1"))) == "undo_over");
}
