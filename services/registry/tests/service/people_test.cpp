// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <future>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

Json sign_in(const std::string& email, const std::string& password) {
  return {{"email", email}, {"password", password}, {"remoteAddress", "10.7.7.7"}};
}

}  // namespace

TEST_CASE("two changes of one user at once are both kept") {
  auto& s = system();
  const auto id = s.user("both@x.example", "technician", s.group("Both"));
  for (int round = 0; round < 10; ++round) {
    const std::string name = "Name " + std::to_string(round);
    const std::string role = round % 2 == 0 ? "viewer" : "technician";
    auto renamed = std::async(std::launch::async, [&] {
      return s.call("update_user", System::as(s.ops, {{"id", id}, {"name", name}})).has_value();
    });
    auto demoted = std::async(std::launch::async, [&] {
      return s.call("update_user", System::as(s.ops, {{"id", id}, {"role", role}})).has_value();
    });
    CHECK(renamed.get());
    CHECK(demoted.get());
    const auto users = s.must("list_users", System::as(s.ops, Json::object()));
    for (const auto& user : users["items"]) {
      if (user["id"] != id) continue;
      CHECK(user["name"] == name);
      CHECK(user["role"] == role);
    }
  }
}

TEST_CASE(
    "of users, recipes and groups with one name made at once there is one, and the others are told why") {
  auto& s = system();
  const auto group = s.group("One name");
  const auto of = [&](const std::string& method, const Json& request) {
    std::vector<std::future<core::Result<Json>>> all;
    for (int i = 0; i < 8; ++i)
      all.push_back(
          std::async(std::launch::async, [&] { return s.call(method, System::as(s.ops, request)); }));
    int made = 0;
    for (auto& one : all) {
      const auto reply = one.get();
      made += reply ? 1 : 0;
      INFO(method);
      if (!reply)
        CHECK((reply.error().code == core::ErrorCode::invalid ||
               reply.error().code == core::ErrorCode::conflict));
    }
    return made;
  };
  CHECK(of("create_user", {{"email", "same@x.example"},
                           {"name", "S"},
                           {"password", kPassword},
                           {"role", "viewer"},
                           {"groupIds", {group}}}) == 1);
  CHECK(of("create_recipe", {{"recipe", {{"name", "Same"}, {"attributes", Json::array()}}}}) == 1);
  CHECK(of("create_group", {{"name", "Same"}, {"parentId", group}}) == 1);
}

TEST_CASE("S24 the last operator stays one") {
  auto& s = system();
  const auto group = s.group("Last");
  const Json demotion = {{"id", s.ops}, {"role", "admin"}, {"groupIds", {group}}};
  const auto refused = s.call("update_user", System::as(s.ops, demotion));
  CHECK(refused.error().code == core::ErrorCode::conflict);
  CHECK(refused.error().detail == "last_operator");
  const auto second = s.must("create_user", System::as(s.ops, {{"email", "second@x.example"},
                                                               {"name", "Second"},
                                                               {"password", kPassword},
                                                               {"role", "operator"}}))["user"]["id"]
                          .get<std::string>();
  // Each takes the other's role at once: one of them stays.
  Json other = demotion;
  other["id"] = second;
  auto a = std::async(std::launch::async,
                      [&] { return s.call("update_user", System::as(second, demotion)).has_value(); });
  auto b = std::async(std::launch::async,
                      [&] { return s.call("update_user", System::as(s.ops, other)).has_value(); });
  CHECK(int(a.get()) + int(b.get()) == 1);
  const auto mine = s.call("list_recipes", System::as(s.ops, Json::object())).has_value();
  const auto theirs = s.call("list_recipes", System::as(second, Json::object())).has_value();
  CHECK(int(mine) + int(theirs) == 1);
  if (!mine) s.must("update_user", System::as(second, {{"id", s.ops}, {"role", "operator"}}));
}

TEST_CASE("S24 an operator who was invited and has not come yet is no other operator") {
  auto& s = system();
  const auto group = s.group("Invited operator");
  const Json demotion = {{"id", s.ops}, {"role", "admin"}, {"groupIds", {group}}};
  s.sql("update registry.users set role = 'admin' where role = 'operator' and id <> '" + s.ops + "'");
  const auto invited =
      s.must("invite_user",
             System::as(s.ops, {{"email", "awaited@x.example"}, {"name", "A"}, {"role", "operator"}}));
  CHECK(s.call("update_user", System::as(s.ops, demotion)).error().detail == "last_operator");
  const std::string link = invited["link"], second = invited["user"]["id"];
  s.must("redeem_one_time_link", {{"token", link.substr(link.find('#') + 1)},
                                  {"password", "chosen by themselves"},
                                  {"remoteAddress", "10.9.9.8"}});
  s.must("update_user", System::as(s.ops, demotion));
  s.must("update_user", System::as(second, {{"id", s.ops}, {"role", "operator"}}));
}

TEST_CASE("S11 a sign-in with the old password that overlaps a change of it leaves no session") {
  auto& s = system();
  const auto id = s.user("overlap@x.example", "viewer", s.group("Overlap"));
  std::string password = kPassword;
  for (int round = 0; round < 8; ++round) {
    const std::string next = "password number " + std::to_string(round);
    auto signing_in = std::async(std::launch::async,
                                 [&] { return s.call("sign_in", sign_in("overlap@x.example", password)); });
    s.must("update_user", System::as(s.ops, {{"id", id}, {"password", next}}));
    const auto session = signing_in.get();
    if (session) {
      CHECK(s.call("get_session", {{"sessionToken", (*session)["sessionToken"]}}).error().code ==
            core::ErrorCode::unauthorized);
    }
    password = next;
  }
}

TEST_CASE("S23 a deleted user's address is nowhere, not even among the failed sign-ins") {
  auto& s = system();
  const auto id = s.user("erased@x.example", "viewer", s.group("Erased"));
  CHECK_FALSE(s.call("sign_in", sign_in("erased@x.example", "wrong password")).has_value());
  s.must("delete_user", System::as(s.ops, {{"id", id}}));
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
    const auto name = table[0].as<std::string>();
    INFO(name);
    CHECK(tx.exec1("select count(*) from registry." + name + " t where t::text like '%erased@x.example%'")[0]
              .as<int>() == 0);
  }
}

TEST_CASE("S21 a storm of sign-ins does not keep others waiting") {
  auto& s = system();
  std::atomic<bool> stop{false};
  std::vector<std::thread> storm;
  for (int i = 0; i < 16; ++i)
    storm.emplace_back([&, i] {
      for (int n = 0; !stop; ++n)
        (void)s.call("sign_in",
                     sign_in("storm" + std::to_string(i) + "." + std::to_string(n) + "@x.example", "guess"));
    });
  auto longest = 0ms;
  for (int i = 0; i < 40; ++i) {
    const auto began = std::chrono::steady_clock::now();
    s.must("list_devices", System::as(s.ops, {{"limit", 1}}));
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                    std::chrono::steady_clock::now() - began));
  }
  stop = true;
  for (auto& one : storm) one.join();
  CHECK(longest < 1s);
}
