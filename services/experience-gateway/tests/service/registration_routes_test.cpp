// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

namespace {

constexpr const char* kJson = "Content-Type: application/json\r\n";

// A device: no cookie, no Origin.
Answer register_with(const std::string& authorization, const Json& body) {
  const Browser device{stage().app->http_port(), "", ""};
  return device.send("POST", "/api/registrations", kJson + ("Authorization: " + authorization + "\r\n"),
                     body.dump());
}

}  // namespace

TEST_CASE("a device registers itself with nothing but its token, and a request without nonce gets one") {
  auto& s = stage();
  Json asked;
  const Curtain curtain;
  s.registry->on("register_device", [&](const Json& request) -> core::Result<Json> {
    asked = request;
    return Json{{"deviceId", core::random_hex_id()},
                {"accessKey", "k"},
                {"accessSecret", "s"},
                {"broker", Json::object()}};
  });
  const auto made = register_with("Bearer a.b.c", {{"serial", "GEN-1"}, {"nonce", "nonce-0123456789"}});
  CHECK(made.status == 201);
  CHECK(made.header("cache-control") == "no-store");
  CHECK(made.json()["accessSecret"] == "s");
  CHECK(asked == Json({{"jwt", "a.b.c"},
                       {"serial", "GEN-1"},
                       {"nonce", "nonce-0123456789"},
                       {"remoteAddress", "127.0.0.1"}}));
  CHECK(register_with("bearer a.b.c", {{"serial", "GEN-1"}}).status == 201);
  CHECK(asked["nonce"].get<std::string>().size() == 32);
  const auto first = asked["nonce"];
  CHECK(register_with("Bearer a.b.c", {{"serial", "GEN-1"}}).status == 201);
  CHECK(asked["nonce"] != first);
}

TEST_CASE("S17 a body cannot stand in for the header or the address") {
  auto& s = stage();
  Json asked;
  const Curtain curtain;
  s.registry->on("register_device", [&](const Json& request) -> core::Result<Json> {
    asked = request;
    return core::unauthorized("This registration token is not valid.");
  });
  (void)register_with("Bearer a.b.c", {{"serial", "GEN-1"}, {"jwt", "x.y.z"}, {"remoteAddress", "1.2.3.4"}});
  CHECK(asked["jwt"] == "a.b.c");
  CHECK(asked["remoteAddress"] == "127.0.0.1");
}

TEST_CASE("S12 what carries no token that could be one is refused with the bytes of any bad token") {
  auto& s = stage();
  std::vector<std::string> tokens;
  const Curtain curtain;
  s.registry->on("register_device", [&](const Json& request) -> core::Result<Json> {
    tokens.push_back(request["jwt"]);
    return core::unauthorized("This registration token is not valid.");
  });
  const Json body = {{"serial", "GEN-1"}};
  const auto bad = register_with("Bearer a.b.c", body);
  CHECK(bad.status == 401);
  for (const std::string& authorization :
       {std::string("Basic YTpi"), std::string("Bearer"), std::string("Digest x"), std::string("a.b.c")})
    CHECK(register_with(authorization, body).bytes() == bad.bytes());
  const Browser device{s.app->http_port(), "", ""};
  CHECK(device.send("POST", "/api/registrations", kJson, body.dump()).bytes() == bad.bytes());
  CHECK(tokens == std::vector<std::string>{"a.b.c", "", "", "", "", ""});
}

TEST_CASE("S12 a header of 2 MB never reaches the registry") {
  auto& s = stage();
  const int before = s.registry->asked("register_device");
  const auto answer = register_with("Bearer " + std::string(2 * 1024 * 1024, 'A'), {{"serial", "GEN-1"}});
  CHECK(answer.status != 201);
  CHECK(s.registry->asked("register_device") == before);
}

TEST_CASE("refusals of the registry reach the device as problems") {
  auto& s = stage();
  core::Error error;
  const Curtain curtain;
  s.registry->on("register_device", [&](const Json&) -> core::Result<Json> { return error; });
  error = core::conflict("Taken.", "serial_taken");
  const auto taken = register_with("Bearer a.b.c", {{"serial", "GEN-1"}});
  CHECK(taken.status == 409);
  CHECK(taken.json()["code"] == "serial_taken");
  error = core::invalid("Wrong.", {{"serial", "not_allowed", "no"}});
  CHECK(register_with("Bearer a.b.c", {{"serial", "GEN-1"}}).status == 422);
  error = core::throttled("Wait.", std::chrono::seconds(60));
  const auto slowed = register_with("Bearer a.b.c", {{"serial", "GEN-1"}});
  CHECK(slowed.status == 429);
  CHECK(slowed.header("retry-after") == "60");
}

TEST_CASE("S18 operators make, list and revoke tokens and keys from our own pages alone") {
  auto& s = stage();
  const auto id = core::random_hex_id();
  const auto user = s.person("operator");
  Json asked;
  const auto answer_with = [&](const Json& reply) {
    return [&asked, reply](const Json& request) -> core::Result<Json> {
      asked = request;
      return reply;
    };
  };
  const Curtain curtain;
  s.registry->on("create_registration_token", answer_with({{"token", {{"id", id}}}, {"jwt", "a.b.c"}}));
  s.registry->on("list_registration_tokens", answer_with({{"items", Json::array()}}));
  s.registry->on("revoke_registration_token", answer_with(Json::object()));
  s.registry->on("list_registration_keys", answer_with({{"items", Json::array()}}));
  s.registry->on("rotate_registration_key", answer_with({{"key", {{"kid", id}}}}));
  s.registry->on("revoke_registration_key", answer_with(Json::object()));
  const auto own = s.browser(user);
  const Json actor = {{"userId", user.id}};
  const std::string tokens = "/api/recipes/" + id + "/registration-tokens";

  const auto made = own.post(tokens, {{"name", "X"}, {"recipeId", "another"}});
  CHECK(made.status == 201);
  CHECK(made.json()["jwt"] == "a.b.c");
  CHECK(asked == Json({{"actor", actor}, {"recipeId", id}, {"name", "X"}}));
  CHECK(own.get(tokens).status == 200);
  CHECK(asked == Json({{"actor", actor}, {"recipeId", id}}));
  CHECK(own.send("DELETE", "/api/registration-tokens/" + id, "", "").status == 204);
  CHECK(asked == Json({{"actor", actor}, {"id", id}}));
  CHECK(own.get("/api/registration-keys").status == 200);
  CHECK(own.post("/api/registration-keys", Json::object()).json()["kid"] == id);
  CHECK(own.send("DELETE", "/api/registration-keys/" + id, "", "").status == 204);
  CHECK(asked == Json({{"actor", actor}, {"kid", id}}));
  CHECK(own.send("DELETE", "/api/registration-keys/nonsense", "", "").status == 404);

  Browser foreign = own;
  foreign.origin = "https://evil.example";
  const Browser nobody{s.app->http_port()};
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"POST", tokens},
                                                        {"DELETE", "/api/registration-tokens/" + id},
                                                        {"POST", "/api/registration-keys"},
                                                        {"DELETE", "/api/registration-keys/" + id}}) {
    INFO(method << " " << path);
    CHECK(foreign.send(method, path, kJson, "{}").status == 403);
    CHECK(nobody.send(method, path, kJson, "{}").status == 401);
  }
}
