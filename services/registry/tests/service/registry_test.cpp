// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

TEST_CASE("S24 the first operator is made once, and by the right token only") {
  auto& s = system();
  const auto again =
      s.call("create_first_operator",
             {{"token", kToken}, {"email", "b@x.example"}, {"password", kPassword}, {"name", "B"}});
  CHECK(again.error().code == core::ErrorCode::unauthorized);
  const auto wrong =
      s.call("create_first_operator",
             {{"token", "guess"}, {"email", "b@x.example"}, {"password", kPassword}, {"name", "B"}});
  CHECK(wrong.error().code == core::ErrorCode::unauthorized);
}

TEST_CASE("a user signs in, is known by the token until signing out, and errors do not tell who exists") {
  auto& s = system();
  const auto session = s.must(
      "sign_in", {{"email", "ops@kanarra.example"}, {"password", kPassword}, {"remoteAddress", "10.0.0.1"}});
  const std::string token = session["sessionToken"];
  CHECK(s.must("get_session", {{"sessionToken", token}})["user"]["role"] == "operator");
  s.must("sign_out", {{"sessionToken", token}});
  CHECK(s.call("get_session", {{"sessionToken", token}}).error().code == core::ErrorCode::unauthorized);
  const auto wrong = s.call(
      "sign_in", {{"email", "ops@kanarra.example"}, {"password", "wrong"}, {"remoteAddress", "10.0.0.1"}});
  const auto unknown = s.call(
      "sign_in", {{"email", "nobody@x.example"}, {"password", "wrong"}, {"remoteAddress", "10.0.0.1"}});
  CHECK(contracts::to_json(wrong.error()) == contracts::to_json(unknown.error()));
}

TEST_CASE("S3 five wrong passwords from one address stop that address for this user, and nobody else") {
  auto& s = system();
  const auto group = s.group("Throttle");
  s.user("slow@x.example", "viewer", group);
  const Json guess = {{"email", "slow@x.example"}, {"password", "guess"}, {"remoteAddress", "10.9.9.9"}};
  for (int i = 0; i < 5; ++i) CHECK(s.call("sign_in", guess).error().code == core::ErrorCode::unauthorized);
  const auto stopped = s.call(
      "sign_in", {{"email", "slow@x.example"}, {"password", kPassword}, {"remoteAddress", "10.9.9.9"}});
  CHECK(stopped.error().code == core::ErrorCode::throttled);
  CHECK(stopped.error().retry_after.has_value());
  CHECK(s.call("sign_in",
               {{"email", "ops@kanarra.example"}, {"password", kPassword}, {"remoteAddress", "10.9.9.9"}})
            .has_value());
  CHECK(
      s.call("sign_in", {{"email", "slow@x.example"}, {"password", kPassword}, {"remoteAddress", "10.1.1.1"}})
          .has_value());
  s.clock.advance(std::chrono::minutes(15));
  CHECK(
      s.call("sign_in", {{"email", "slow@x.example"}, {"password", kPassword}, {"remoteAddress", "10.9.9.9"}})
          .has_value());
}

TEST_CASE("two tenants see nothing of each other: groups, devices, users, ledger [S5]") {
  auto& s = system();
  const auto a = s.group("Tenant A");
  const auto a_site = s.group("Site", a);
  const auto b = s.group("Tenant B");
  const auto b_site = s.group("Site", b);
  const auto admin_a = s.user("admin@a.example", "admin", a);
  const auto admin_b = s.user("admin@b.example", "admin", b);
  const auto recipe = s.recipe();
  s.devices(recipe,
            "serial,group,model\nTEN-A-1,Tenant A/Site,kd-30\nTEN-B-1,Tenant B/Site,kd-30\nTEN-FREE,,\n");

  const auto groups = s.must("list_groups", System::as(admin_a, Json::object()));
  CHECK(groups.dump().find(b) == std::string::npos);
  CHECK(groups["items"][0]["deviceCount"] == 1);
  CHECK(groups["items"][0]["children"][0]["leaf"] == true);
  const auto list = s.must("list_devices", System::as(admin_a, {{"limit", 50}}));
  CHECK(list["items"].size() == 1);
  CHECK(list["items"][0]["serial"] == "TEN-A-1");
  const auto users = s.must("list_users", System::as(admin_b, Json::object()));
  CHECK(users["items"].size() == 1);
  CHECK(s.must("get_device", System::as(admin_a, {{"serial", "ten-a-1"}}))["mayRelease"] == true);

  const auto foreign = s.call("get_device", System::as(admin_b, {{"serial", "TEN-A-1"}}));
  const auto unknown = s.call("get_device", System::as(admin_b, {{"serial", "NEVER-MADE"}}));
  const auto free = s.call("get_device", System::as(admin_b, {{"serial", "TEN-FREE"}}));
  const auto malformed = s.call("get_device", System::as(admin_b, {{"serial", "a b/c"}}));
  CHECK(contracts::to_json(foreign.error()) == contracts::to_json(unknown.error()));
  CHECK(contracts::to_json(free.error()) == contracts::to_json(unknown.error()));
  CHECK(contracts::to_json(malformed.error()) == contracts::to_json(unknown.error()));
  CHECK(s.call("get_ledger", System::as(admin_b, {{"serial", "TEN-A-1"}})).error().code ==
        core::ErrorCode::not_found);
  CHECK(s.call("release_device", System::as(admin_b, {{"serial", "TEN-A-1"}, {"idempotencyKey", "x"}}))
            .error()
            .code == core::ErrorCode::not_found);
  CHECK(s.call("list_devices", System::as(admin_b, {{"group", a}})).error().code ==
        core::ErrorCode::not_found);
  CHECK_FALSE(s.call("create_group", System::as(admin_b, {{"name", "Evil"}, {"parentId", a}})).has_value());
  CHECK_FALSE(s.call("create_user", System::as(admin_b, {{"email", "e@x.example"},
                                                         {"name", "E"},
                                                         {"password", kPassword},
                                                         {"role", "operator"},
                                                         {"groupIds", {b}}}))
                  .has_value());
  CHECK_FALSE(s.call("create_user", System::as(admin_b, {{"email", "e@x.example"},
                                                         {"name", "E"},
                                                         {"password", kPassword},
                                                         {"role", "viewer"},
                                                         {"groupIds", {a_site}}}))
                  .has_value());
  (void)b_site;
}

TEST_CASE("a registered device can connect at once, and a released one is cut with its old key [S11]") {
  auto& s = system();
  const auto site = s.group("Cut");
  const auto device = s.devices(s.recipe(), "serial,group,model\nCUT-1,Cut,kd-30\n")[0];
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(eventually([&] {
    session = s.broker->connect(device.identity());
    return session->connack() == 0;
  }));
  REQUIRE(session->subscribe("devices/" + device.id + "/command") >= 0);
  CHECK(eventually([&] {
    return s.must("get_device", System::as(s.ops, {{"serial", "CUT-1"}}))["device"]["connected"] == true;
  }));

  const Json release = System::as(s.ops, {{"serial", "CUT-1"}, {"idempotencyKey", "key-1"}});
  const auto released = s.must("release_device", release);
  CHECK(released["device"]["groupId"].is_null());
  CHECK(eventually([&] { return !session->alive(); }, std::chrono::seconds(1)));
  CHECK(s.broker->connect(device.identity())->connack() != 0);
  const auto again = s.must("release_device", release);  // the reply was lost
  const broker::tests::Identity renewed{
      device.id, again["credentials"]["accessKey"], again["credentials"]["accessSecret"], 5, {}};
  CHECK(eventually([&] { return s.broker->connect(renewed)->connack() == 0; }));
  CHECK(again["credentials"]["accessSecret"] != released["credentials"]["accessSecret"]);
  (void)site;
}

TEST_CASE("S2 no issued secret is in the database, only its hash") {
  auto& s = system();
  const auto device = s.devices(s.recipe(), "serial\nSECRET-1\n")[0];
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
    const auto name = table[0].as<std::string>();
    const auto row =
        tx.exec1("select count(*) from registry." + name + " t where t::text like '%" + device.secret + "%'");
    INFO(name);
    CHECK(row[0].as<int>() == 0);
  }
}

TEST_CASE("a hand-over checks everything again, tells all wrong fields at once, and happens once") {
  auto& s = system();
  const auto region = s.group("Hand");
  const auto site = s.group("Over", region);
  const auto elsewhere = s.group("Elsewhere");
  const auto technician = s.user("tech@hand.example", "technician", region);
  const auto viewer = s.user("viewer@hand.example", "viewer", region);
  const auto device = s.devices(s.recipe(), "serial\nHAND-1\n")[0];
  const auto found = s.must("get_device_for_provisioning", System::as(technician, {{"serial", "hand-1"}}));
  CHECK(found["deviceId"] == device.id);
  CHECK(s.call("get_device_for_provisioning", System::as(viewer, {{"serial", "HAND-1"}})).error().code ==
        core::ErrorCode::not_found);

  Json wanted = System::as(technician, {{"deviceId", device.id},
                                        {"assignmentEpoch", found["assignmentEpoch"]},
                                        {"provisioningId", core::random_hex_id()},
                                        {"name", " "},
                                        {"groupId", region},
                                        {"model", "none"}});
  const auto wrong = s.call("check_assignment", wanted);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().fields.size() == 3);
  wanted["groupId"] = elsewhere;
  CHECK(s.call("assign_device", wanted).error().fields[1].code == "unknown");

  s.clock.advance(std::chrono::milliseconds(1));
  wanted["name"] = "Main";
  wanted["groupId"] = site;
  wanted["model"] = "kd-30";
  CHECK(s.must("assign_device", wanted)["device"]["groupId"] == site);
  CHECK(s.must("assign_device", wanted)["device"]["name"] == "Main");  // again: the same answer
  wanted["provisioningId"] = core::random_hex_id();
  CHECK(s.call("assign_device", wanted).error().code == core::ErrorCode::conflict);
  const auto ledger = s.must("get_ledger", System::as(technician, {{"serial", "HAND-1"}}));
  CHECK(ledger["items"].size() == 1);  // what was before is not theirs
  CHECK(ledger["items"][0]["act"] == "device.assigned");
  CHECK(ledger["items"][0]["actor"]["email"] == "tech@hand.example");

  // Somebody of another tenant tries to take it over: that is told, but not who.
  const auto stranger = s.user("stranger@hand.example", "technician", elsewhere);
  s.must("append_ledger", {{"idempotencyKey", core::random_hex(8)},
                           {"at", core::to_iso(s.clock.now())},
                           {"act", "provisioning.opened"},
                           {"deviceId", device.id},
                           {"serial", device.serial},
                           {"userId", stranger},
                           {"detail", Json::object()}});
  const auto theirs = s.must("get_ledger", System::as(technician, {{"serial", "HAND-1"}}));
  REQUIRE(theirs["items"].size() == 2);
  CHECK(theirs["items"][0]["actor"].is_null());
  CHECK(theirs.dump().find("stranger") == std::string::npos);
  const auto all = s.must("get_ledger", System::as(s.ops, {{"serial", "HAND-1"}}));
  CHECK(all["items"][0]["actor"]["email"] == "stranger@hand.example");
}

TEST_CASE("S7 of fifty hand-overs at once one wins, with one line in the ledger") {
  auto& s = system();
  const auto site = s.group("Race");
  const auto device = s.devices(s.recipe(), "serial\nRACE-1\n")[0];
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        const auto reply =
            s.call("assign_device", System::as(s.ops, {{"deviceId", device.id},
                                                       {"assignmentEpoch", 0},
                                                       {"provisioningId", core::random_hex_id()},
                                                       {"name", "N"},
                                                       {"groupId", site},
                                                       {"model", "kd-30"}}));
        if (reply) ++won;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
  const auto ledger = s.must("get_ledger", System::as(s.ops, {{"serial", "RACE-1"}}));
  CHECK(ledger["items"].size() == 2);  // registered, assigned
}

TEST_CASE("events of devices reach their followers, and what was missed can be asked for") {
  auto& s = system();
  std::atomic<int> seen{0};
  std::int64_t before = 0;
  for (bool more = true; more;) {
    const auto page = s.must("sync_devices", {{"afterRevision", before}, {"limit", 1000}});
    before = page["nextRevision"];
    more = page["more"];
  }
  const testing::Listening listening(*s.gateway, "registry/devices/+", [&](const bus::Message& message) {
    const auto event = contracts::decode_device_event(std::string_view(message.payload));
    if (event && event->serial == "EVENT-1" && event->event == "registered") ++seen;
  });
  s.devices(s.recipe(), "serial\nEVENT-1\nEVENT-2\n");
  CHECK(eventually([&] { return seen == 1; }));
  const auto page = s.must("sync_devices", {{"afterRevision", before}, {"limit", 1000}});
  REQUIRE(page["items"].size() == 2);
  CHECK(contracts::decode_device_event(page["items"][0])->attributes[0].name == "rpm");
}

TEST_CASE("the list pages, searches in serial and name, and filters by connection") {
  auto& s = system();
  s.devices(s.recipe(), "serial,name\nLIST-1,Alpha%\nLIST-2,beta motor\nLIST-3,gamma\n");
  auto page = s.must("list_devices", System::as(s.ops, {{"q", "list-"}, {"limit", 2}}));
  CHECK(page["items"].size() == 2);
  page = s.must("list_devices",
                System::as(s.ops, {{"q", "list-"}, {"limit", 2}, {"cursor", page["nextCursor"]}}));
  CHECK(page["items"][0]["serial"] == "LIST-3");
  CHECK(page["nextCursor"].is_null());
  const auto found = s.must("list_devices", System::as(s.ops, {{"q", "BETA MOTOR"}}))["items"];
  INFO(found.dump());
  CHECK(found.size() == 1);  // a blank is in no serial: generated ones may spell anything else
  CHECK(s.must("list_devices", System::as(s.ops, {{"q", "%"}}))["items"].size() == 1);
  CHECK(s.must("list_devices", System::as(s.ops, {{"q", "list-"}, {"state", "connected"}}))["items"].empty());
}

TEST_CASE(
    "operators list devices in groups before the stock, page by page, and the stock alone; others see none "
    "of it") {
  auto& s = system();
  const auto group = s.group("Stocked");
  const auto admin = s.user("stocked@x.example", "admin", group);
  const auto made = s.devices(s.recipe(), "serial\nSTOCK-1\nSTOCK-2\nSTOCK-3\nSTOCK-4\n");
  s.must("assign_device", System::as(s.ops, {{"deviceId", made.back().id},
                                             {"assignmentEpoch", 0},
                                             {"provisioningId", core::random_hex_id()},
                                             {"name", "Stocked"},
                                             {"groupId", group},
                                             {"model", "kd-30"}}));
  const auto serials = [&](Json filter) {
    std::string all;
    filter["q"] = "stock-";
    filter["limit"] = 2;
    for (;;) {
      const auto page = s.must("list_devices", System::as(s.ops, filter));
      for (const auto& device : page["items"]) all += device["serial"].get<std::string>().substr(6) + " ";
      if (page["nextCursor"].is_null()) return all;
      filter["cursor"] = page["nextCursor"];
    }
  };
  CHECK(serials(Json::object()) == "4 1 2 3 ");
  CHECK(serials({{"group", "none"}}) == "1 2 3 ");
  CHECK(serials({{"group", group}}) == "4 ");
  CHECK(s.call("list_devices", System::as(admin, {{"group", "none"}})).error().code ==
        core::ErrorCode::not_found);

  const auto counted = s.must("list_groups", System::as(s.ops, Json::object()))["stock"];
  CHECK(counted["deviceCount"] >= 3);
  CHECK(counted["connectedCount"] == 0);
  s.devices(s.recipe(), "serial\nSTOCK-5\n");
  CHECK(s.must("list_groups", System::as(s.ops, Json::object()))["stock"]["deviceCount"] ==
        counted["deviceCount"].get<int>() + 1);
  CHECK_FALSE(s.must("list_groups", System::as(admin, Json::object())).contains("stock"));
}

TEST_CASE("a user who is changed or signed out is announced, and a new password ends the sessions") {
  auto& s = system();
  const auto id = s.user("changed@x.example", "technician", s.group("Changed"));
  std::atomic<int> events{0};
  const testing::Listening listening(*s.gateway, "registry/users/" + id,
                                     [&](const bus::Message&) { ++events; });
  const auto session = s.must(
      "sign_in", {{"email", "changed@x.example"}, {"password", kPassword}, {"remoteAddress", "10.0.0.2"}});
  s.must("update_user", System::as(s.ops, {{"id", id}, {"role", "viewer"}}));
  CHECK(eventually([&] { return events == 1; }, std::chrono::seconds(1)));
  CHECK(s.must("get_session", {{"sessionToken", session["sessionToken"]}})["user"]["role"] == "viewer");
  s.must("update_user", System::as(s.ops, {{"id", id}, {"password", "another long one"}}));
  CHECK(s.call("get_session", {{"sessionToken", session["sessionToken"]}}).error().code ==
        core::ErrorCode::unauthorized);
  s.must("delete_user", System::as(s.ops, {{"id", id}}));
  CHECK(eventually([&] { return events == 3; }));
}

TEST_CASE("S20 a changed, a deleted and a cut-off line of the ledger are found") {
  auto& s = system();
  const auto verdict = [&] { return s.must("verify_ledger", System::as(s.ops, Json::object())); };
  CHECK(verdict()["ok"] == true);
  const std::int64_t lines = verdict()["lines"];
  REQUIRE(lines > 10);
  const std::string off = "alter table registry.ledger disable trigger user;";
  s.sql(off + "update registry.ledger set line = replace(line, 'act', 'acT') where seq = 5");
  CHECK(verdict()["firstBroken"] == 5);
  s.sql("update registry.ledger set line = replace(line, 'acT', 'act') where seq = 5");
  CHECK(verdict()["ok"] == true);
  // What it is searched by must be what it says.
  for (const std::string column : {"device_id", "provisioning_id", "groups"}) {
    s.sql(off +
          "create table was as select * from registry.ledger where seq = 5; update registry.ledger set " +
          column + " = " + (column == "groups" ? "'{x}'" : "'x'") + " where seq = 5");
    INFO(column);
    CHECK(verdict()["firstBroken"] == 5);
    s.sql("update registry.ledger l set " + column + " = w." + column +
          " from was w where w.seq = l.seq; drop table was");
    CHECK(verdict()["ok"] == true);
  }
  CHECK_THROWS(s.sql("update registry.ledger set act = 'device.assigned' where seq = 5"));
  s.sql("create table kept as select * from registry.ledger where seq in (7, " + std::to_string(lines) +
        "); delete from registry.ledger where seq = " + std::to_string(lines));
  CHECK(verdict()["firstBroken"] == lines);
  s.sql("delete from registry.ledger where seq = 7");
  CHECK(verdict()["firstBroken"] == 7);
  s.sql(
      "insert into registry.ledger (seq, line, hash, at, device_id, provisioning_id, idempotency_key, "
      "groups) "
      "select seq, line, hash, at, device_id, provisioning_id, idempotency_key, groups from kept; alter "
      "table registry.ledger enable trigger user");
  CHECK(verdict()["ok"] == true);
  CHECK_THROWS(s.sql("update registry.ledger set line = 'x' where seq = 5"));
  CHECK_THROWS(s.sql("delete from registry.ledger where seq = 5"));
}

TEST_CASE("what was committed is announced after a restart, and users and devices are still there") {
  auto& s = system();
  s.broker->stop(SIGKILL);
  s.sql("insert into registry.outbox (kind, key, payload) values ('user_event', '" + s.ops +
        "', '{\"userId\":\"" + s.ops + "\",\"at\":\"2026-11-22T00:00:00.000Z\",\"event\":\"changed\"}')");
  s.app.reset();
  s.broker->start();
  std::atomic<int> events{0};
  const testing::Listening listening(*s.gateway, "registry/users/" + s.ops,
                                     [&](const bus::Message&) { ++events; });
  REQUIRE(s.gateway->wait_connected(std::chrono::seconds(10)));
  s.start_registry();
  CHECK(eventually([&] { return events >= 1; }));
  CHECK(s.must("get_device", System::as(s.ops, {{"serial", "HAND-1"}}))["device"]["name"] == "Main");
}
