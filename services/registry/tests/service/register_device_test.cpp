// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <set>

#include "service/registration_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNonce = "nonce-0123456789";

broker::tests::Identity identity_of(const Json& registration) {
  return {registration["deviceId"], registration["accessKey"], registration["accessSecret"], 5, {}};
}

bool connects(const Json& registration) {
  return system().broker->connect(identity_of(registration))->connack() == 0;
}

int used_of(const Issued& token) {
  auto& s = system();
  return s.must("list_registration_tokens",
                System::as(s.ops, {{"recipeId", token.recipe}}))["items"][0]["used"];
}

}  // namespace

TEST_CASE("a device registers itself, connects with what it got, and belongs to nobody") {
  auto& s = system();
  const auto token = issue({{"serialPattern", "gen-7*"}});
  const auto made = present(token.jwt, " gen-7001 ").value();
  CHECK(made["broker"] == Json({{"host", "broker.turnkey.example"}, {"port", 8883}, {"tls", true}}));
  CHECK(eventually([&] { return connects(made); }));
  const auto device = s.must("get_device", System::as(s.ops, {{"serial", "GEN-7001"}}))["device"];
  CHECK(device["deviceId"] == made["deviceId"]);
  CHECK(device["name"] == "GEN-7001");
  CHECK(device["recipeId"] == token.recipe);
  CHECK(device["groupId"].is_null());
  const auto ledger = s.must("get_ledger", System::as(s.ops, {{"serial", "GEN-7001"}}))["items"];
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0]["act"] == "device.registered");
  CHECK(ledger[0]["detail"] == Json({{"tokenId", token.id}, {"recipeId", token.recipe}}));
  CHECK(ledger[0]["actor"].is_null());
  CHECK(s.must("verify_ledger", System::as(s.ops, Json::object()))["ok"] == true);
}

TEST_CASE("S12 a token registers as many devices as it has uses, however many ask on connections at once") {
  const auto token = issue({{"uses", 5}});
  auto& s = system();
  auto options = as_service(*s.broker, "experience-gateway");
  options.client_id += "-2";
  bus::Client second(options);
  bus::RpcCaller other(second);
  second.start();
  REQUIRE(second.wait_connected(5s));
  std::vector<std::future<core::Result<Json>>> all;
  for (int i = 0; i < 16; ++i)
    all.push_back(std::async(std::launch::async, [&, i] {
      const Json request = {
          {"jwt", token.jwt}, {"serial", new_serial()}, {"remoteAddress", "many-" + std::to_string(i)}};
      return (i % 2 == 0 ? *s.caller : other).call("registry", "register_device", request, "test", 20s);
    }));
  int made = 0;
  for (auto& one : all) {
    const auto reply = one.get();
    made += reply ? 1 : 0;
    if (!reply) CHECK(contracts::to_json(reply.error()).dump() == refusal());
  }
  CHECK(made == 5);
  CHECK(used_of(token) == 5);
  second.stop();
}

TEST_CASE(
    "S12 a serial outside the pattern is refused by name, costs no use, and tells nothing of what exists") {
  auto& s = system();
  const auto token = issue({{"serialPattern", "LINE2-*"}, {"uses", 1}});
  const auto other = s.devices(s.recipe(), "serial\nLINE3-1\n")[0];
  for (const char* serial : {"LINE3-1", "LINE3-2", "XLINE2-1"}) {
    const auto reply = present(token.jwt, serial);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().code == core::ErrorCode::invalid);
    REQUIRE(reply.error().fields.size() == 1);
    CHECK(reply.error().fields[0].field == "serial");
    CHECK(reply.error().fields[0].code == "not_allowed");
  }
  CHECK(used_of(token) == 0);
  CHECK(present(token.jwt, "LINE2-1").has_value());
  // Used up: not even the pattern is told any more.
  CHECK(contracts::to_json(present(token.jwt, "LINE3-1").error()).dump() == refusal());
  CHECK(contracts::to_json(present(token.jwt, "LINE2-1").error()).dump() == refusal());
}

TEST_CASE("a serial that is taken is told as such, and one that cannot be any by its field") {
  const auto token = issue();
  const auto serial = new_serial();
  REQUIRE(present(token.jwt, serial, kNonce).has_value());
  const auto taken = present(issue().jwt, serial, kNonce);  // another token, the same nonce
  CHECK(taken.error().code == core::ErrorCode::conflict);
  CHECK(taken.error().detail == "serial_taken");
  CHECK(present(token.jwt, serial).error().detail == "serial_taken");
  const auto wrong = present(token.jwt, "a/b");
  CHECK(wrong.error().fields[0].field == "serial");
  CHECK(wrong.error().fields[0].code == "malformed");
  CHECK(present(token.jwt, new_serial(), "too short").error().fields[0].field == "nonce");
  CHECK(present(token.jwt, new_serial(), "not/allowed/in/a/nonce").error().fields[0].field == "nonce");
  CHECK(contracts::to_json(present("nonsense", "a/b").error()).dump() == refusal());
  CHECK(used_of(token) == 1);
}

TEST_CASE(
    "a device whose answer was lost asks again with its nonce: one device, one use, the newest credentials") {
  auto& s = system();
  const auto token = issue({{"uses", 1}});
  const auto serial = new_serial();
  const auto first = present(token.jwt, serial, kNonce).value();
  REQUIRE(eventually([&] { return connects(first); }));
  s.clock.advance(10min);
  const auto second = present(token.jwt, serial, kNonce).value();
  CHECK(second["deviceId"] == first["deviceId"]);
  CHECK(second["accessKey"] != first["accessKey"]);
  CHECK(second["accessSecret"] != first["accessSecret"]);
  CHECK(eventually([&] { return connects(second) && !connects(first); }));
  CHECK(used_of(token) == 1);
  // Later, or with another nonce, the serial is taken; and this token is used up.
  s.clock.advance(1ms);
  CHECK(contracts::to_json(present(token.jwt, serial, kNonce).error()).dump() == refusal());
}

TEST_CASE("another nonce and a later repetition are told that the serial is taken") {
  auto& s = system();
  const auto token = issue({{"uses", 9}});
  const auto serial = new_serial();
  REQUIRE(present(token.jwt, serial, kNonce).has_value());
  CHECK(present(token.jwt, serial, "another-nonce-123").error().detail == "serial_taken");
  s.clock.advance(10min + 1ms);
  CHECK(present(token.jwt, serial, kNonce).error().detail == "serial_taken");
  CHECK(used_of(token) == 1);
}

TEST_CASE("two identical requests at once end in one device, and the credentials of one of them are valid") {
  for (int round = 0; round < 5; ++round) {
    const auto token = issue({{"uses", 3}});
    const auto serial = new_serial();
    auto a = std::async(std::launch::async, [&] { return present(token.jwt, serial, kNonce); });
    auto b = std::async(std::launch::async, [&] { return present(token.jwt, serial, kNonce); });
    const auto one = a.get().value();
    const auto two = b.get().value();
    CHECK(one["deviceId"] == two["deviceId"]);
    CHECK(used_of(token) == 1);
    CHECK(eventually([&] { return connects(one) != connects(two); }));
  }
}

TEST_CASE("of two tokens that register one serial at once one does, and no use of the other is counted") {
  for (int round = 0; round < 5; ++round) {
    const auto first = issue();
    const auto second = issue();
    const auto serial = new_serial();
    auto a = std::async(std::launch::async, [&] { return present(first.jwt, serial); });
    auto b = std::async(std::launch::async, [&] { return present(second.jwt, serial); });
    const auto one = a.get();
    const auto two = b.get();
    CHECK(int(one.has_value()) + int(two.has_value()) == 1);
    CHECK((one ? two : one).error().detail == "serial_taken");
    CHECK(used_of(first) == int(one.has_value()));
    CHECK(used_of(second) == int(two.has_value()));
  }
}

TEST_CASE("S11 once somebody has taken the device or changed its credentials, no nonce brings new ones") {
  auto& s = system();
  const auto site = s.group("Self registered");
  const auto token = issue({{"recipeId", s.recipe()}});
  const auto serial = new_serial();
  const auto made = present(token.jwt, serial, kNonce).value();
  const auto found = s.must("get_device_for_provisioning", System::as(s.ops, {{"serial", serial}}));
  s.must("assign_device", System::as(s.ops, {{"deviceId", made["deviceId"]},
                                             {"assignmentEpoch", found["assignmentEpoch"]},
                                             {"provisioningId", core::random_hex_id()},
                                             {"name", "Taken"},
                                             {"groupId", site},
                                             {"model", "kd-30"}}));
  CHECK(present(token.jwt, serial, kNonce).error().detail == "serial_taken");
  s.must("release_device", System::as(s.ops, {{"serial", serial}, {"idempotencyKey", core::random_hex(8)}}));
  CHECK(present(token.jwt, serial, kNonce).error().detail == "serial_taken");

  const auto disabled = new_serial();
  const auto other = present(token.jwt, disabled, kNonce).value();
  s.sql("update registry.credentials set revoked_at = now() where access_key = '" +
        other["accessKey"].get<std::string>() + "'");
  CHECK(present(token.jwt, disabled, kNonce).error().detail == "serial_taken");
}

TEST_CASE("S3 an address that sends bad tokens is slowed, and an honest device behind it gets through") {
  auto& s = system();
  const auto token = issue();
  const auto from = [&](const std::string& jwt) {
    return s.call("register_device",
                  {{"jwt", jwt}, {"serial", new_serial()}, {"remoteAddress", "10.66.6.6"}});
  };
  for (int i = 0; i < 20; ++i) CHECK(from("guess").error().code == core::ErrorCode::unauthorized);
  const auto slowed = from("guess");
  CHECK(slowed.error().code == core::ErrorCode::throttled);
  CHECK(slowed.error().retry_after == 60s);
  CHECK(from(token.jwt).has_value());
  CHECK(from("guess").error().code == core::ErrorCode::throttled);
  CHECK(present("guess").error().code == core::ErrorCode::unauthorized);  // from elsewhere
  s.clock.advance(15min);
  CHECK(from("guess").error().code == core::ErrorCode::unauthorized);
}

TEST_CASE("S5 registration tokens and keys are the operators' alone: for others there are none") {
  auto& s = system();
  const auto group = s.group("No tokens");
  const auto token = issue();
  const Json key = s.must("list_registration_keys", System::as(s.ops, Json::object()))["items"][0];
  const std::vector<std::pair<std::string, Json>> all = {
      {"create_registration_token",
       {{"recipeId", token.recipe}, {"name", "X"}, {"lifetime_s", 60}, {"uses", 1}, {"serialPattern", "*"}}},
      {"list_registration_tokens", {{"recipeId", token.recipe}}},
      {"revoke_registration_token", {{"id", token.id}}},
      {"list_registration_keys", Json::object()},
      {"rotate_registration_key", Json::object()},
      {"revoke_registration_key", {{"kid", key["kid"]}}}};
  for (const char* role : {"viewer", "technician", "admin"}) {
    const auto user = s.user(std::string(role) + "@tokens.example", role, group);
    for (const auto& [method, request] : all) {
      INFO(role << " " << method);
      CHECK(s.call(method, System::as(user, request)).error().code == core::ErrorCode::not_found);
    }
  }
  for (const auto& [method, request] : all) {
    INFO(method);
    CHECK(s.call(method, System::as(core::random_hex_id(), request)).error().code ==
          core::ErrorCode::unauthorized);
    CHECK(s.call(method, request).error().code == core::ErrorCode::invalid);
  }
  CHECK(present(token.jwt).has_value());
}

TEST_CASE("a token is bounded in what it allows, and unknown recipes, tokens and keys are not found") {
  auto& s = system();
  const Json good = {
      {"recipeId", s.recipe()}, {"name", "X"}, {"lifetime_s", 60}, {"uses", 1}, {"serialPattern", "*"}};
  const auto refused_for = [&](const char* field, const Json& value) {
    Json wanted = good;
    wanted[field] = value;
    const auto reply = s.call("create_registration_token", System::as(s.ops, wanted));
    return !reply && reply.error().code == core::ErrorCode::invalid && reply.error().fields[0].field == field;
  };
  CHECK(s.call("create_registration_token", System::as(s.ops, good)).has_value());
  CHECK(refused_for("lifetime_s", 59));
  CHECK(refused_for("lifetime_s", 31'536'001));
  CHECK(refused_for("uses", 0));
  CHECK(refused_for("uses", 1'000'001));
  CHECK(refused_for("name", ""));
  CHECK(refused_for("serialPattern", "GEN-[0-9]"));
  CHECK(refused_for("serialPattern", std::string(65, '*')));
  CHECK(refused_for("used", 0));
  CHECK(refused_for("jwt", "x"));
  Json elsewhere = good;
  elsewhere["recipeId"] = core::random_hex_id();
  CHECK(s.call("create_registration_token", System::as(s.ops, elsewhere)).error().code ==
        core::ErrorCode::not_found);
  CHECK(
      s.call("revoke_registration_token", System::as(s.ops, {{"id", core::random_hex_id()}})).error().code ==
      core::ErrorCode::not_found);
  CHECK(s.call("revoke_registration_key", System::as(s.ops, {{"kid", core::random_hex_id()}})).error().code ==
        core::ErrorCode::not_found);
}

TEST_CASE(
    "with another seal key no token is signed until the keys are rotated, and those out there stay good") {
  auto& s = system();
  const auto before = issue();
  s.app.reset();
  s.seal_key = core::random_hex(32);
  s.start_registry();
  const auto refused = s.call("create_registration_token", System::as(s.ops, {{"recipeId", before.recipe},
                                                                              {"name", "X"},
                                                                              {"lifetime_s", 60},
                                                                              {"uses", 1},
                                                                              {"serialPattern", "*"}}));
  CHECK(refused.error().detail == "seal_key_changed");
  CHECK(present(before.jwt).has_value());
  s.must("rotate_registration_key", System::as(s.ops, Json::object()));
  CHECK(present(issue().jwt).has_value());
}
