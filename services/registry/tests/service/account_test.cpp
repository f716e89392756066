// SPDX-License-Identifier: Apache-2.0
// What people change of themselves.
#include <future>

#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

const std::string kFresh = "another horse battery";

core::Result<Json> sign_in(System& s, const std::string& email, const std::string& password,
                           const std::string& address = "10.30.0.1") {
  return s.call("sign_in", {{"email", email}, {"password", password}, {"remoteAddress", address}});
}

std::string session(System& s, const std::string& email, const std::string& password = kPassword) {
  const auto made = sign_in(s, email, password);
  REQUIRE(made.has_value());
  return (*made)["sessionToken"];
}

core::Result<Json> change(System& s, const std::string& token, Json fields,
                          const std::string& address = "10.30.0.1") {
  fields["sessionToken"] = token;
  fields["remoteAddress"] = address;
  return s.call("change_account", fields);
}

Json password(const std::string& current, const std::string& wanted = kFresh) {
  return {{"password", {{"current", current}, {"new", wanted}}}};
}

bool stands(System& s, const std::string& token) {
  return s.call("get_session", {{"sessionToken", token}}).has_value();
}

std::string fault(const core::Result<Json>& reply) {
  REQUIRE_FALSE(reply.has_value());
  REQUIRE(reply.error().code == core::ErrorCode::invalid);
  return reply.error().fields.at(0).field + ":" + reply.error().fields.at(0).code;
}

std::string last_act(System& s) {
  return s.must("list_ledger", System::as(s.ops, {{"limit", 1}}))["items"][0]["act"];
}

}  // namespace

TEST_CASE("S11 a new password of one's own ends the other sessions and the tokens, and keeps this session") {
  auto& s = system();
  const auto id = s.user("own@account.example", "technician", s.group("Own password"));
  const auto here = session(s, "own@account.example"), elsewhere = session(s, "own@account.example");
  const auto program =
      s.must("create_token", System::as(id, {{"name", "Script"},
                                             {"scopes", {"read"}},
                                             {"expiresAt", core::to_iso(s.clock.now() + 24h)}}))["secret"];
  const std::string link = s.must("reset_password", System::as(s.ops, {{"id", id}}))["link"];
  const auto changed = change(s, here, password(kPassword));
  REQUIRE(changed.has_value());
  CHECK((*changed)["user"]["id"] == id);
  CHECK(last_act(s) == "user.password_changed");
  CHECK(stands(s, here));
  CHECK_FALSE(stands(s, elsewhere));
  CHECK_FALSE(stands(s, program));
  CHECK_FALSE(s.call("check_one_time_link",
                     {{"token", link.substr(link.find('#') + 1)}, {"remoteAddress", "10.30.0.2"}})
                  .has_value());
  CHECK_FALSE(sign_in(s, "own@account.example", kPassword).has_value());
  CHECK(sign_in(s, "own@account.example", kFresh).has_value());
}

TEST_CASE("a name of one's own is changed without a password, and nothing else comes along [S17]") {
  auto& s = system();
  const auto id = s.user("named@account.example", "viewer", s.group("Own name"));
  const auto here = session(s, "named@account.example"), elsewhere = session(s, "named@account.example");
  const auto changed = change(s, here, {{"name", "Nora Named"}});
  REQUIRE(changed.has_value());
  CHECK((*changed)["user"]["name"] == "Nora Named");
  CHECK((*changed)["user"]["role"] == "viewer");
  CHECK(last_act(s) == "user.changed");
  CHECK(stands(s, elsewhere));
  CHECK(fault(change(s, here, {{"name", ""}})) == "name:required");
  CHECK(fault(change(s, here, Json::object())) == "name:required");
  for (const char* field : {"role", "groupIds", "email", "id", "tags"})
    CHECK(fault(change(s, here, {{"name", "N"}, {field, "operator"}})) ==
          std::string(field) + ":unknown_field");
  Json more = password(kPassword);
  more["password"]["role"] = "operator";
  CHECK(fault(change(s, here, more)) == "password.role:unknown_field");
  CHECK(fault(change(s, here, {{"password", {{"new", kFresh}}}})) == "password.current:required");
}

TEST_CASE("a new password is held to the rules of every other, before the one there is compared") {
  auto& s = system();
  s.user("rules@account.example", "viewer", s.group("Own rules"));
  const auto here = session(s, "rules@account.example");
  CHECK(fault(change(s, here, password(kPassword, "nine char"))) == "password.new:too_short");
  CHECK(fault(change(s, here, password(kPassword, std::string(257, 'x')))) == "password.new:too_long");
  CHECK(change(s, here, password(kPassword, "ten  chars")).has_value());
}

TEST_CASE("a change whose answer was lost is answered again for ten minutes, and changes nothing more") {
  auto& s = system();
  s.user("again@account.example", "viewer", s.group("Own again"));
  const auto here = session(s, "again@account.example");
  Json wanted = password(kPassword);
  wanted["name"] = "Agnes Again";
  const auto changed = change(s, here, wanted);
  REQUIRE(changed.has_value());
  const auto since = session(s, "again@account.example", kFresh);
  const auto lines = s.must("list_ledger", System::as(s.ops, {{"limit", 1}}))["items"];
  s.clock.advance(10min - 1ms);
  const auto again = change(s, here, wanted);
  REQUIRE(again.has_value());
  CHECK(*again == *changed);
  CHECK(stands(s, since));
  CHECK(s.must("list_ledger", System::as(s.ops, {{"limit", 1}}))["items"] == lines);
  CHECK(fault(change(s, here, password(kPassword, "yet another horse"))) == "password.current:wrong");
  s.clock.advance(1ms);
  CHECK(fault(change(s, here, wanted)) == "password.current:wrong");
}

TEST_CASE("a change that is sent twice at once is no wrong password for either, and happens once") {
  auto& s = system();
  const auto id = s.user("twice@account.example", "viewer", s.group("Own twice"));
  const auto here = session(s, "twice@account.example");
  const auto send = [&] { return change(s, here, password(kPassword)); };
  auto other = std::async(std::launch::async, send);
  CHECK(send().has_value());
  CHECK(other.get().has_value());
  const Json mine = {{"person", id}, {"act", "user.password_changed"}};
  CHECK(s.must("list_ledger", System::as(s.ops, mine))["items"].size() == 1);
}

TEST_CASE("S3 the new password is compared only for the session that set it, so that it is no second guess") {
  auto& s = system();
  s.user("second@account.example", "viewer", s.group("Own second"));
  const auto before = session(s, "second@account.example");
  CHECK(fault(change(s, before, password("guess", kPassword))) == "password.current:wrong");
  REQUIRE(change(s, before, password(kPassword)).has_value());
  const auto since = session(s, "second@account.example", kFresh);
  CHECK(fault(change(s, since, password(kPassword))) == "password.current:wrong");
}

TEST_CASE("S3 a wrong current password counts as a failed sign-in, so that an open session is no oracle") {
  auto& s = system();
  s.user("oracle@account.example", "viewer", s.group("Own oracle"));
  const auto here = session(s, "oracle@account.example");
  const std::string address = "10.30.6.6";
  for (int i = 0; i < 5; ++i)
    CHECK(fault(change(s, here, password("guess"), address)) == "password.current:wrong");
  const auto stopped = change(s, here, password(kPassword), address);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == core::ErrorCode::throttled);
  CHECK(stopped.error().retry_after.has_value());
  CHECK(sign_in(s, "oracle@account.example", kPassword, address).error().code == core::ErrorCode::throttled);
  CHECK(change(s, here, {{"name", "Still themselves"}}, address).has_value());
  s.clock.advance(15min);
  CHECK(change(s, here, password(kPassword), address).has_value());
}

TEST_CASE("who has no session, and who is here by a pass or a token, changes no account") {
  auto& s = system();
  const auto group = s.group("Own pass");
  const auto unknown = change(s, core::random_hex(32), password(kPassword));
  CHECK(unknown.error().code == core::ErrorCode::unauthorized);
  const auto pass = s.must(
      "create_pass",
      System::as(s.ops,
                 {{"groupId", group}, {"name", "Fitter"}, {"notAfter", core::to_iso(s.clock.now() + 24h)}}));
  const std::string link = pass["link"];
  const std::string lent = s.must("redeem_one_time_link", {{"token", link.substr(link.find('#') + 1)},
                                                           {"remoteAddress", "10.30.0.3"}})["sessionToken"];
  for (const Json& wanted : {Json{{"name", "Somebody else"}}, password("")})
    CHECK_FALSE(change(s, lent, wanted).has_value());
  CHECK(change(s, lent, {{"name", "Somebody else"}}).error().detail == "not_for_passes");
}
