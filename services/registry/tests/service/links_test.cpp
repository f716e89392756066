// SPDX-License-Identifier: Apache-2.0
// One-time links: invitations, resets, passes.
#include <atomic>
#include <future>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

std::string token_of(const Json& made) {
  const std::string link = made["link"];
  const std::string begin = "https://turnkey.example/welcome#";
  REQUIRE(link.starts_with(begin));
  REQUIRE(link.size() == begin.size() + 64);
  return link.substr(begin.size());
}

Json shown(const std::string& token, const std::string& address = "10.20.0.1") {
  return {{"token", token}, {"remoteAddress", address}};
}

core::Result<Json> redeem(System& s, const std::string& token, Json fields = Json::object()) {
  fields.update(shown(token, "10.20.0.2"));
  return s.call("redeem_one_time_link", fields);
}

core::ErrorCode refusal(const core::Result<Json>& reply) {
  REQUIRE_FALSE(reply.has_value());
  return reply.error().code;
}

bool signs_in(System& s, const std::string& email, const std::string& password) {
  return s.call("sign_in", {{"email", email}, {"password", password}, {"remoteAddress", core::random_hex(8)}})
      .has_value();
}

Json invite(System& s, const std::string& actor, const std::string& email, const std::string& group,
            const std::string& role = "technician") {
  return s.must(
      "invite_user",
      System::as(actor, {{"email", email}, {"name", "Invited"}, {"role", role}, {"groupIds", {group}}}));
}

const Json kNewPassword = {{"password", "chosen by themselves"}};

}  // namespace

TEST_CASE("somebody who is invited chooses the password by a link that works once, for a week") {
  auto& s = system();
  const auto group = s.group("Invitations");
  const auto made = invite(s, s.ops, "New@Invited.example", group);
  const auto token = token_of(made);
  CHECK(made["expiresAt"] == core::to_iso(s.clock.now() + 24h * 7));
  CHECK_FALSE(signs_in(s, "new@invited.example", ""));
  CHECK_FALSE(signs_in(s, "new@invited.example", kPassword));
  const auto view = s.must("check_one_time_link", shown(token));
  CHECK(view["kind"] == "invitation");
  CHECK(view["email"] == "new@invited.example");
  CHECK(view["expiresAt"] == made["expiresAt"]);
  CHECK(s.must("check_one_time_link", shown(token)) == view);  // looking does not use it

  CHECK(redeem(s, token).error().fields.at(0).field == "password");
  CHECK(redeem(s, token, {{"password", "short"}}).error().fields.at(0).code == "too_short");
  CHECK(redeem(s, token, {{"password", "long enough so"}, {"email", "other@x.example"}})
            .error()
            .fields.at(0)
            .field == "email");
  const auto session = redeem(s, token, {{"password", "long enough so"}, {"name", "Nora New"}});
  REQUIRE(session.has_value());
  CHECK((*session)["user"]["name"] == "Nora New");
  CHECK((*session)["user"]["role"] == "technician");
  CHECK(s.must("get_session", {{"sessionToken", (*session)["sessionToken"]}})["user"]["id"] ==
        made["user"]["id"]);
  CHECK(signs_in(s, "new@invited.example", "long enough so"));
  CHECK(refusal(redeem(s, token, kNewPassword)) == core::ErrorCode::unauthorized);
  CHECK(signs_in(s, "new@invited.example", "long enough so"));
}

TEST_CASE("S4 S24 links that are unknown, used, voided, ended or of somebody deleted answer alike") {
  auto& s = system();
  const auto group = s.group("Dead links");
  std::vector<std::string> dead = {std::string(64, '0'), "short"};
  const auto used = token_of(invite(s, s.ops, "used@dead.example", group));
  REQUIRE(redeem(s, used, kNewPassword).has_value());
  dead.push_back(used);
  const auto first = token_of(invite(s, s.ops, "again@dead.example", group));
  const auto second = token_of(invite(s, s.ops, "again@dead.example", group));
  dead.push_back(first);
  CHECK(s.call("check_one_time_link", shown(second)).has_value());
  const auto deleted = invite(s, s.ops, "deleted@dead.example", group);
  s.must("delete_user", System::as(s.ops, {{"id", deleted["user"]["id"]}}));
  dead.push_back(token_of(deleted));
  dead.push_back(kToken);  // the first operator has been made
  const auto ended = token_of(invite(s, s.ops, "late@dead.example", group));
  s.clock.advance(24h * 7 - 1ms);
  CHECK(s.call("check_one_time_link", shown(ended)).has_value());
  s.clock.advance(1ms);
  dead.push_back(ended);
  for (const auto& token : dead) {
    INFO(token);
    const auto unknown = s.call("check_one_time_link", shown(std::string(64, 'f'), "10.20.1.1"));
    const auto checked = s.call("check_one_time_link", shown(token, "10.20.1.2"));
    const auto redeemed = redeem(s, token, kNewPassword);
    CHECK(refusal(unknown) == core::ErrorCode::unauthorized);
    REQUIRE_FALSE(checked.has_value());
    REQUIRE_FALSE(redeemed.has_value());
    CHECK(contracts::to_json(checked.error()) == contracts::to_json(unknown.error()));
    CHECK(contracts::to_json(redeemed.error()) == contracts::to_json(unknown.error()));
  }
}

TEST_CASE("S7 of ten who use one link at once one gets in") {
  auto& s = system();
  const auto token = token_of(invite(s, s.ops, "race@links.example", s.group("Link race")));
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(std::async(std::launch::async, [&] { return redeem(s, token, kNewPassword).has_value(); }));
  int won = 0;
  for (auto& one : all) won += one.get() ? 1 : 0;
  CHECK(won == 1);
}

TEST_CASE("S2 S3 a link's token is kept as a hash, and who tries many is slowed, while a right one works") {
  auto& s = system();
  const auto token = token_of(invite(s, s.ops, "hash@links.example", s.group("Link hash")));
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
    const auto name = table[0].as<std::string>();
    INFO(name);
    CHECK(tx.exec1("select count(*) from registry." + name + " t where t::text like '%" + token + "%'")[0]
              .as<int>() == 0);
  }
  const std::string guesser = "10.66.6.6";
  for (int i = 0; i < 30; ++i)
    CHECK(refusal(s.call("check_one_time_link", shown(core::random_hex(32), guesser))) ==
          core::ErrorCode::unauthorized);
  const auto slowed = s.call("check_one_time_link", shown(core::random_hex(32), guesser));
  CHECK(refusal(slowed) == core::ErrorCode::throttled);
  CHECK(slowed.error().retry_after.has_value());
  CHECK(s.call("check_one_time_link", shown(token, guesser)).has_value());
  CHECK(refusal(s.call("check_one_time_link", shown(core::random_hex(32), "10.66.6.7"))) ==
        core::ErrorCode::unauthorized);
}

TEST_CASE(
    "S11 a reset keeps the old password until it is used, then ends every session and the other links") {
  auto& s = system();
  const auto group = s.group("Resets");
  const auto id = s.user("forgot@reset.example", "technician", group);
  const auto admin = s.user("admin@reset.example", "admin", group);
  const auto session = s.must(
      "sign_in", {{"email", "forgot@reset.example"}, {"password", kPassword}, {"remoteAddress", "10.3.3.3"}});
  const auto older = token_of(s.must("reset_password", System::as(admin, {{"id", id}})));
  const auto made = s.must("reset_password", System::as(admin, {{"id", id}}));
  CHECK(made["expiresAt"] == core::to_iso(s.clock.now() + 24h));
  CHECK(refusal(redeem(s, older, kNewPassword)) == core::ErrorCode::unauthorized);
  CHECK(signs_in(s, "forgot@reset.example", kPassword));
  std::atomic<int> events{0};
  const testing::Listening listening(*s.gateway, "registry/users/" + id,
                                     [&](const bus::Message&) { ++events; });
  CHECK(redeem(s, token_of(made), {{"password", "long enough so"}, {"name", "N"}}).error().fields[0].field ==
        "name");
  const auto fresh = redeem(s, token_of(made), kNewPassword);
  REQUIRE(fresh.has_value());
  CHECK(eventually([&] { return events == 1; }, 1s));
  CHECK(refusal(s.call("get_session", {{"sessionToken", session["sessionToken"]}})) ==
        core::ErrorCode::unauthorized);
  CHECK(s.call("get_session", {{"sessionToken", (*fresh)["sessionToken"]}}).has_value());
  CHECK_FALSE(signs_in(s, "forgot@reset.example", kPassword));

  const auto late = token_of(s.must("reset_password", System::as(admin, {{"id", id}})));
  s.clock.advance(24h);
  CHECK(refusal(redeem(s, late, kNewPassword)) == core::ErrorCode::unauthorized);
}

TEST_CASE(
    "S5 nobody gains by a link what they could not give: roles, groups, and a user who has risen since") {
  auto& s = system();
  const auto own = s.group("Link own");
  const auto site = s.group("Site", own);
  const auto foreign = s.group("Link foreign");
  const auto admin = s.user("admin@own.example", "admin", own);
  const auto technician = s.user("tech@own.example", "technician", own);
  const auto stranger = s.user("stranger@own.example", "technician", foreign);
  const auto field_of = [&](const std::string& role, const std::string& group) {
    const auto reply = s.call(
        "invite_user",
        System::as(admin,
                   {{"email", "x@own.example"}, {"name", "X"}, {"role", role}, {"groupIds", {group}}}));
    REQUIRE(refusal(reply) == core::ErrorCode::invalid);
    return reply.error().fields.at(0).field;
  };
  CHECK(field_of("operator", own) == "role");
  CHECK(field_of("viewer", foreign) == "groupIds");
  CHECK(refusal(s.call("invite_user", System::as(technician, {{"email", "x@own.example"},
                                                              {"name", "X"},
                                                              {"role", "viewer"},
                                                              {"groupIds", {own}}}))) ==
        core::ErrorCode::not_found);
  for (const auto& who : {s.ops, stranger})
    for (const char* method : {"reset_password", "sign_out_user"})
      CHECK(refusal(s.call(method, System::as(admin, {{"id", who}}))) == core::ErrorCode::not_found);
  CHECK(refusal(s.call("reset_password", System::as(technician, {{"id", technician}}))) ==
        core::ErrorCode::not_found);
  CHECK(invite(s, admin, "peer@own.example", site, "admin")["user"]["role"] == "admin");

  // The admin keeps a link, and its user becomes more than the admin may make.
  const auto kept = token_of(s.must("reset_password", System::as(admin, {{"id", technician}})));
  s.must("update_user", System::as(s.ops, {{"id", technician}, {"role", "operator"}}));
  CHECK(refusal(redeem(s, kept, kNewPassword)) == core::ErrorCode::unauthorized);
  s.must("delete_user", System::as(s.ops, {{"id", technician}}));
  const auto invited = invite(s, admin, "moved@own.example", own);
  s.must("update_user", System::as(s.ops, {{"id", invited["user"]["id"]}, {"groupIds", {foreign}}}));
  CHECK(refusal(s.call("check_one_time_link", shown(token_of(invited)))) == core::ErrorCode::unauthorized);
  CHECK(refusal(s.call("invite_user", System::as(admin, {{"email", "moved@own.example"},
                                                         {"name", "X"},
                                                         {"role", "viewer"},
                                                         {"groupIds", {own}}}))) == core::ErrorCode::invalid);
}

TEST_CASE("S11 signing a user out ends sessions and programs' tokens, one's own too, and is said at once") {
  auto& s = system();
  const auto group = s.group("Sign out");
  const auto id = s.user("out@x.example", "viewer", group);
  const auto admin = s.user("outadmin@x.example", "admin", group);
  for (const auto& actor : {admin, id}) {
    const std::string session = s.must(
        "sign_in",
        {{"email", "out@x.example"}, {"password", kPassword}, {"remoteAddress", "10.4.4.4"}})["sessionToken"];
    const std::string program =
        s.must("create_token", System::as(id, {{"name", "p"},
                                               {"scopes", {"read"}},
                                               {"expiresAt", core::to_iso(s.clock.now() + 1h)}}))["secret"];
    std::atomic<int> events{0};
    const testing::Listening listening(*s.gateway, "registry/users/" + id,
                                       [&](const bus::Message&) { ++events; });
    s.must("sign_out_user", System::as(actor, {{"id", id}}));
    CHECK(eventually([&] { return events == 1; }, 1s));
    for (const auto& token : {session, program})
      CHECK(refusal(s.call("get_session", {{"sessionToken", token}})) == core::ErrorCode::unauthorized);
  }
  CHECK(signs_in(s, "out@x.example", kPassword));
}

TEST_CASE("S11 a pass signs a technician in, again and again, until its time or its end by hand") {
  auto& s = system();
  const auto own = s.group("Passes");
  const auto site = s.group("Site", own);
  const auto foreign = s.group("Passes foreign");
  const auto admin = s.user("admin@passes.example", "admin", own);
  const auto until = s.clock.now() + 48h;
  const Json wanted = {{"groupId", site}, {"name", "Fitter Fred"}, {"notAfter", core::to_iso(until)}};
  const auto made = s.must("create_pass", System::as(admin, wanted));
  const auto token = token_of(made);
  CHECK(made["pass"]["createdBy"]["email"] == "admin@passes.example");
  const auto view = s.must("check_one_time_link", shown(token));
  CHECK(view["kind"] == "pass");
  CHECK(view["groupName"] == "Site");
  CHECK_FALSE(view.contains("email"));
  CHECK(redeem(s, token, kNewPassword).error().fields.at(0).field == "password");
  const auto first = redeem(s, token);
  const auto second = redeem(s, token);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK((*second)["expiresAt"] == core::to_iso(until));
  const std::string id = (*first)["user"]["id"];
  CHECK((*first)["user"]["role"] == "technician");
  CHECK((*first)["user"]["groupIds"] == Json({site}));
  CHECK_FALSE(signs_in(s, (*first)["user"]["email"], ""));

  // It is no user to administer, and lends its rights to nobody.
  CHECK(s.must("list_users", System::as(admin, Json::object())).dump().find("Fitter Fred") ==
        std::string::npos);
  for (const char* method : {"update_user", "delete_user", "reset_password", "sign_out_user"})
    CHECK(refusal(s.call(method, System::as(s.ops, {{"id", id}}))) == core::ErrorCode::not_found);
  CHECK(s.call("create_token", System::as(id, {{"name", "p"},
                                               {"scopes", {"read"}},
                                               {"expiresAt", core::to_iso(s.clock.now() + 1h)}}))
            .error()
            .detail == "not_for_passes");
  CHECK(s.must("list_passes", System::as(admin, Json::object()))["items"].size() == 1);
  CHECK(refusal(s.call("list_passes", System::as(id, Json::object()))) == core::ErrorCode::not_found);

  const Json pressed = {{"deviceId", s.devices(s.recipe(), "serial\nPASS-FREE\n")[0].id}, {"users", {id}}};
  s.clock.advance(48h - 1ms);
  CHECK(s.must("who_may_provision", pressed)["users"] == Json::array({id}));
  CHECK(s.call("get_session", {{"sessionToken", (*first)["sessionToken"]}}).has_value());
  s.clock.advance(1ms);
  CHECK(refusal(s.call("get_session", {{"sessionToken", (*first)["sessionToken"]}})) ==
        core::ErrorCode::unauthorized);
  CHECK(refusal(redeem(s, token)) == core::ErrorCode::unauthorized);
  CHECK(s.must("who_may_provision", pressed)["users"].empty());
  CHECK(s.must("list_passes", System::as(admin, Json::object()))["items"].empty());
  s.must("delete_group", System::as(s.ops, {{"id", site}}));  // what has ended holds nothing

  const auto field_of = [&](const Json& change) {
    Json request = wanted;
    request["groupId"] = own;
    request["notAfter"] = core::to_iso(s.clock.now() + 24h * 90);
    request.update(change);
    const auto reply = s.call("create_pass", System::as(admin, request));
    return reply ? "" : reply.error().fields.at(0).field;
  };
  CHECK(field_of({{"groupId", foreign}}) == "groupId");
  CHECK(field_of({{"notAfter", core::to_iso(s.clock.now() + 24h * 90 + 1ms)}}) == "notAfter");
  CHECK(field_of({{"notAfter", core::to_iso(s.clock.now())}}) == "notAfter");
  CHECK(field_of({{"role", "admin"}}) == "role");
  CHECK(field_of(Json::object()) == "");

  const auto pass = s.must("list_passes", System::as(s.ops, Json::object()))["items"].at(0);
  const auto other = s.user("other@passes.example", "admin", foreign);
  CHECK(s.must("list_passes", System::as(other, Json::object()))["items"].empty());
  CHECK(refusal(s.call("delete_pass", System::as(other, {{"id", pass["id"]}}))) ==
        core::ErrorCode::not_found);
  CHECK(refusal(s.call("delete_group", System::as(s.ops, {{"id", own}}))) == core::ErrorCode::conflict);
  std::atomic<int> events{0};
  s.gateway->subscribe("registry/users/" + pass["id"].get<std::string>(), 1,
                       [&](const bus::Message&) { ++events; });
  s.must("delete_pass", System::as(admin, {{"id", pass["id"]}}));
  CHECK(eventually([&] { return events == 1; }, 1s));
  CHECK(refusal(s.call("list_groups", System::as(pass["id"], Json::object()))) ==
        core::ErrorCode::unauthorized);
}

TEST_CASE("S17 fields that do not belong to a request about people are refused by name, and never stored") {
  auto& s = system();
  const auto group = s.group("Extra fields");
  const auto admin = s.user("extra@x.example", "admin", group);
  const Json user = {{"email", "mass@x.example"}, {"name", "M"}, {"role", "viewer"}, {"groupIds", {group}}};
  const std::pair<const char*, Json> requests[] = {
      {"invite_user", user},
      {"create_user", user},
      {"create_group", {{"name", "Mass"}, {"parentId", group}}},
      {"update_group", {{"id", group}, {"name", "Mass"}}},
      {"update_user", {{"id", admin}, {"name", "Mass"}}},
      {"reset_password", {{"id", admin}}},
      {"sign_out_user", {{"id", admin}}},
      {"create_pass", {{"groupId", group}, {"name", "Mass"}, {"notAfter", core::to_iso(s.clock.now() + 1h)}}},
      {"create_token",
       {{"name", "Mass"}, {"scopes", {"read"}}, {"expiresAt", core::to_iso(s.clock.now() + 1h)}}},
  };
  for (const auto& [method, request] : requests) {
    for (const char* extra : {"owner", "secret", "passwordHash", "createdBy"}) {
      Json with = request;
      with[extra] = s.ops;
      const auto reply = s.call(method, System::as(admin, with));
      INFO(method << " " << extra);
      REQUIRE(refusal(reply) == core::ErrorCode::invalid);
      CHECK(reply.error().fields.at(0).field == extra);
    }
  }
  CHECK(s.must("list_users", System::as(s.ops, {{"q", "mass"}}))["items"].empty());
}

TEST_CASE("users are listed in pages, searched by name and address, and only those whom one administers") {
  auto& s = system();
  const auto own = s.group("Paged");
  const auto admin = s.user("a-admin@paged.example", "admin", own);
  const auto elsewhere = s.group("Paged elsewhere");
  for (int i = 0; i < 5; ++i) s.user("b" + std::to_string(i) + "@paged.example", "viewer", own);
  s.user("foreign@paged.example", "viewer", elsewhere);
  const auto both = s.user("both@paged.example", "viewer", own);
  s.must("update_user", System::as(s.ops, {{"id", both}, {"groupIds", {own, elsewhere}}}));
  std::vector<std::string> seen;
  Json request = {{"limit", 2}};
  for (;;) {
    const auto page = s.must("list_users", System::as(admin, request));
    for (const auto& user : page["items"]) seen.push_back(user["email"]);
    if (page["nextCursor"].is_null()) break;
    request["cursor"] = page["nextCursor"];
  }
  CHECK(seen == std::vector<std::string>{"a-admin@paged.example", "b0@paged.example", "b1@paged.example",
                                         "b2@paged.example", "b3@paged.example", "b4@paged.example"});
  CHECK(s.must("list_users", System::as(admin, {{"q", "B3@"}}))["items"].size() == 1);
  CHECK(s.must("list_users", System::as(admin, {{"q", "_"}}))["items"].empty());
  CHECK(s.must("list_users", System::as(s.ops, {{"q", "foreign@paged"}}))["items"].size() == 1);
}
