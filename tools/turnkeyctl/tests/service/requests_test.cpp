// SPDX-License-Identifier: Apache-2.0
// What each command asks of the gateway, word for word.
#include <catch2/catch.hpp>

#include <set>

#include "service/raw_server.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

const std::string kId = std::string(24, 'a');

// Whatever is asked, X is the name of it, and its id the same.
const Json kAnything = {{"items", {{{"id", kId}, {"name", "X"}, {"email", "x@t.example"}}}},
                        {"id", kId},
                        {"ok", true},
                        {"secret", "s"},
                        {"link", "l"},
                        {"jwt", "j"}};

struct Expected {
  std::vector<std::string> arguments;
  std::string request;  // the last one
  Json body;            // null: none
};

void check(const std::vector<Expected>& all) {
  RawServer server([](const RawRequest&, const RawServer::Write& write) {
    write(raw_answer("200 OK", kAnything.dump()));
  });
  Player player;
  player.sign_in(server.url());
  for (const auto& expected : all) {
    CAPTURE(expected.arguments);
    CHECK(player.play(expected.arguments).exit == 0);
    const auto request = server.requests().back();
    CHECK(request.head.substr(0, request.head.find(" HTTP/1.1")) == expected.request);
    CHECK(request.header("Authorization") == "Bearer " + kToken);
    if (expected.body.is_null()) {
      CHECK(request.body.empty());
    } else {
      CHECK(Json::parse(request.body) == expected.body);
    }
  }
}

std::string in(const Player& player, std::chrono::hours time) {
  return core::to_iso(player.clock.now() + time);
}

}  // namespace

TEST_CASE("commands about devices ask for what the contract has") {
  check({{{"devices", "list", "--group", "X", "--state", "connected", "--query", "a b", "--json"},
          "GET /api/devices?limit=100&group=" + kId + "&q=a%20b&state=connected",
          nullptr},
         {{"devices", "show", "GEN-1", "--json"}, "GET /api/devices/GEN-1", nullptr},
         {{"devices", "edit", "GEN-1", "--name", "N", "--group", "X", "--model", "m"},
          "PATCH /api/devices/GEN-1",
          {{"name", "N"}, {"groupId", kId}, {"model", "m"}}},
         {{"devices", "command", "GEN-1", "set", "--payload", "{\"rpm\":5}"},
          "POST /api/devices/GEN-1/commands",
          {{"name", "set"}, {"payload", {{"rpm", 5}}}}},
         {{"devices", "command", "GEN-1", "stop", "--valid-for", "3600"},
          "POST /api/devices/GEN-1/commands",
          {{"name", "stop"}, {"validFor_s", 3600}}},
         {{"devices", "undo-release", "GEN-1"}, "POST /api/devices/GEN-1/release-undo", Json::object()},
         {{"devices", "releases"}, "GET /api/releases", nullptr},
         {{"devices", "replace", "GEN-1", "GEN-2", "-y"},
          "POST /api/devices/GEN-1/replacement",
          {{"serial", "GEN-2"}}},
         {{"devices", "delete", "GEN/1", "-y"}, "DELETE /api/devices/GEN%2F1", nullptr},
         {{"devices", "credentials", "list", "GEN-1"}, "GET /api/devices/GEN-1/credentials", nullptr},
         {{"devices", "credentials", "edit", "GEN-1", "K", "--disable", "--allow-any"},
          "PATCH /api/devices/GEN-1/credentials/K",
          {{"disabled", true}, {"allowedAddresses", Json::array()}}},
         {{"devices", "credentials", "edit", "GEN-1", "K", "--enable", "--valid-until",
           "2027-01-01T00:00:00.000Z"},
          "PATCH /api/devices/GEN-1/credentials/K",
          {{"disabled", false}, {"validUntil", "2027-01-01T00:00:00.000Z"}}},
         {{"devices", "credentials", "revoke", "GEN-1", "K", "-y"},
          "DELETE /api/devices/GEN-1/credentials/K",
          nullptr}});
}

TEST_CASE("commands about batches and labels ask for what the contract has") {
  check({{{"batches", "list", "--recipe", "X", "--limit", "5"},
          "GET /api/batches?limit=5&recipe=" + kId,
          nullptr},
         {{"batches", "show", "b1"}, "GET /api/batches/b1", nullptr},
         {{"batches", "sheets"}, "GET /api/label-sheets", nullptr},
         {{"batches", "labels", "b1", "--format", "svg", "--sheet", "a4-3x8", "--page", "2", "-o", "-"},
          "GET /api/batches/b1/labels.svg?sheet=a4-3x8&page=2",
          nullptr},
         {{"labels", "GEN-1", "--format", "zpl", "--dpi", "300", "--module-mm", "0.9", "--start", "4", "-o",
           "-"},
          "GET /api/devices/GEN-1/labels.zpl?moduleMm=0.9&dpi=300&start=4",
          nullptr}});
}

TEST_CASE("commands about groups, users and passes ask for what the contract has") {
  const Player at;  // its clock stands where every player's does
  check({{{"groups", "create", "Root"}, "POST /api/groups", {{"name", "Root"}}},
         {{"groups", "create", "X/Below"}, "POST /api/groups", {{"name", "Below"}, {"parentId", kId}}},
         {{"groups", "move", "X", "--to", "X", "-y"}, "PATCH /api/groups/" + kId, {{"parentId", kId}}},
         {{"groups", "move", "X", "--to-root", "-y"}, "PATCH /api/groups/" + kId, {{"parentId", nullptr}}},
         {{"groups", "delete", "X", "-y"}, "DELETE /api/groups/" + kId, nullptr},
         {{"users", "list", "--query", "x", "--json"}, "GET /api/users?limit=100&q=x", nullptr},
         {{"users", "invite", "k@t.example", "--name", "K", "--role", "admin", "--group", "X", "--tag", "a=b",
           "--show-secret"},
          "POST /api/users/invitations",
          {{"email", "k@t.example"},
           {"name", "K"},
           {"role", "admin"},
           {"groupIds", {kId}},
           {"tags", {{"a", "b"}}}}},
         {{"users", "edit", "x@t.example", "--role", "viewer"},
          "PATCH /api/users/" + kId,
          {{"role", "viewer"}}},
         {{"users", "reset-password", "x@t.example", "--show-secret"},
          "POST /api/users/" + kId + "/password-reset",
          Json::object()},
         {{"users", "sign-out", "x@t.example"}, "POST /api/users/" + kId + "/sign-out", Json::object()},
         {{"users", "delete", kId, "-y"}, "DELETE /api/users/" + kId, nullptr},
         {{"passes", "list", "--json"}, "GET /api/passes", nullptr},
         {{"passes", "create", "P", "--group", "X", "--expires-in", "2d", "--show-secret"},
          "POST /api/passes",
          {{"groupId", kId}, {"name", "P"}, {"notAfter", in(at, std::chrono::hours(48))}}},
         {{"passes", "revoke", "p1"}, "DELETE /api/passes/p1", nullptr}});
}

TEST_CASE(
    "commands about recipes, tokens, registration, integrations and the ledger ask for what the contract "
    "has") {
  Player at;
  write_file(at.file("recipe.json"), R"({"name":"R","attributes":[]})");
  check(
      {{{"recipes", "show", "X", "--json"}, "GET /api/recipes/" + kId, nullptr},
       {{"recipes", "create", at.file("recipe.json")},
        "POST /api/recipes",
        {{"name", "R"}, {"attributes", Json::array()}}},
       {{"recipes", "edit", "X", at.file("recipe.json")},
        "PATCH /api/recipes/" + kId,
        {{"name", "R"}, {"attributes", Json::array()}}},
       {{"recipes", "rollout", "X", "-y"}, "POST /api/recipes/" + kId + "/rollout", Json::object()},
       {{"tokens", "list", "--all"}, "GET /api/tokens?all=true", nullptr},
       {{"tokens", "create", "T", "--scope", "read", "--expires-in", "1d", "--show-secret"},
        "POST /api/tokens",
        {{"name", "T"}, {"scopes", {"read"}}, {"expiresAt", in(at, std::chrono::hours(24))}}},
       {{"tokens", "revoke", "t1"}, "DELETE /api/tokens/t1", nullptr},
       {{"registration-tokens", "list", "X"}, "GET /api/recipes/" + kId + "/registration-tokens", nullptr},
       {{"registration-tokens", "create", "X", "--name", "N", "--uses", "5", "--serials", "G-*", "--lifetime",
         "1h", "--show-secret"},
        "POST /api/recipes/" + kId + "/registration-tokens",
        {{"name", "N"}, {"lifetime_s", 3600}, {"uses", 5}, {"serialPattern", "G-*"}}},
       {{"registration-tokens", "revoke", "r1", "-y"}, "DELETE /api/registration-tokens/r1", nullptr},
       {{"registration-keys", "list"}, "GET /api/registration-keys", nullptr},
       {{"registration-keys", "rotate"}, "POST /api/registration-keys", Json::object()},
       {{"registration-keys", "revoke", "k1", "-y"}, "DELETE /api/registration-keys/k1", nullptr},
       {{"integrations", "list", "--json"}, "GET /api/integrations", nullptr},
       {{"integrations", "create", "M", "--group", "X", "--event", "released", "--webhook", "https://h/",
         "--show-secret"},
        "POST /api/integrations",
        {{"name", "M"},
         {"groupId", kId},
         {"events", {"device.released"}},
         {"webhook", {{"url", "https://h/"}}}}},
       {{"integrations", "edit", "i1", "--no-webhook"}, "PATCH /api/integrations/i1", {{"webhook", nullptr}}},
       {{"integrations", "rotate", "i1", "-y", "--show-secret"},
        "POST /api/integrations/i1/rotation",
        Json::object()},
       {{"integrations", "delete", "i1", "-y"}, "DELETE /api/integrations/i1", nullptr},
       {{"integrations", "deliveries", "i1"}, "GET /api/integrations/i1/deliveries?limit=100", nullptr},
       {{"ledger", "show", "GEN-1"}, "GET /api/devices/GEN-1/ledger", nullptr},
       {{"ledger", "show", "--group", "X", "--act", "device.assigned", "--from", "2026-11-01T00:00:00Z"},
        "GET /api/ledger?limit=100&group=" + kId + "&act=device.assigned&from=2026-11-01T00%3A00%3A00Z",
        nullptr},
       {{"ledger", "verify"}, "GET /api/ledger/verification", nullptr}});
}

TEST_CASE("a picture is sent as what it is, and what is none is not sent") {
  RawServer server(
      [](const RawRequest&, const RawServer::Write& write) { write(raw_answer("200 OK", "{}")); });
  Player player;
  player.sign_in(server.url());
  write_file(player.file("a.png"), "\x89PNG\r\n\x1a\nrest");
  write_file(player.file("b.png"), "<svg/>");
  CHECK(player.play({"recipes", "picture", kId, "k40", player.file("a.png")}).exit == 0);
  CHECK(server.requests().back().is("PUT /api/recipes/" + kId + "/models/k40/picture "));
  CHECK(server.requests().back().header("Content-Type") == "image/png");
  CHECK(player.play({"recipes", "picture", kId, "k40", player.file("b.png")}).exit == 6);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a deletion whose answer was lost is not called a failure when it is asked again") {
  std::atomic<int> tries{0};
  RawServer server([&](const RawRequest&, const RawServer::Write& write) {
    if (++tries > 1) write(raw_answer("404 Not Found", R"({"detail":"No.","code":"not_found"})"));
  });
  Player player;
  player.sign_in(server.url());
  CHECK(player.play({"devices", "delete", "GEN-1", "-y"}).exit == 0);
  CHECK(tries == 2);
  CHECK(player.play({"devices", "delete", "GEN-1", "-y"}).exit == 4);
  CHECK(tries == 3);
}

TEST_CASE("a rollout goes on with its key until every device has the newest version") {
  int asked = 0;
  RawServer server([&](const RawRequest& request, const RawServer::Write& write) {
    const bool list = request.head.starts_with("GET");
    const Json rolled_out = {{"devices", asked + 200}, {"more", asked < 2}};
    if (!list) ++asked;
    write(raw_answer("200 OK", (list ? kAnything : rolled_out).dump()));
  });
  Player player;
  player.sign_in(server.url());
  const auto played = player.play({"recipes", "rollout", "X", "-y"});
  CHECK(played.exit == 0);
  CHECK(played.out.find("202 devices have the newest version now.") != std::string::npos);
  std::set<std::string> keys;
  for (const auto& request : server.requests())
    if (request.head.starts_with("POST")) keys.insert(request.header("Idempotency-Key"));
  CHECK(asked == 3);
  CHECK(keys.size() == 1);
  CHECK(keys.begin()->size() == 32);
}
