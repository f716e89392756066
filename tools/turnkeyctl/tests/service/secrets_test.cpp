// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

struct Stage {
  Stage() {
    gateway.answer(
        "POST", "/api/tokens",
        {{"token", {{"id", "t1"}, {"expiresAt", "2027-01-01T00:00:00.000Z"}}}, {"secret", "tk_" + kSecret}},
        201);
    gateway.answer("POST", "/api/devices/{serial}/release",
                   {{"device", {{"serial", "GEN-1"}}},
                    {"credentials", {{"accessKey", "key"}, {"accessSecret", kSecret}}}});
    gateway.answer("POST", "/api/devices/{serial}/credentials",
                   {{"credential", {{"accessKey", "key"}}}, {"accessSecret", kSecret}}, 201);
    gateway.on("POST", "/api/releases", [](const http::Request&) -> core::Result<http::Response> {
      return http::Response{200,
                            "serial,result,access_key,access_secret\nGEN-1,released,key," + kSecret + "\n",
                            "text/csv",
                            {}};
    });
    gateway.start();
    player.sign_in(gateway.url());
  }
  Gateway gateway;
  Player player;
};

const std::vector<std::string> kCreate = {"tokens", "create", "ci", "--scope", "read", "--scope", "batches"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("S2 a secret that has nowhere to go is not asked for") {
  Stage stage;
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"--json"}, {"--quiet"}})
    CHECK(stage.player.play(with(kCreate, more)).exit == 2);
  CHECK(stage.player.play({"devices", "release", "GEN-1", "--yes"}).exit == 2);
  stage.player.terminal = true;
  CHECK(stage.player.play(with(kCreate, {"--json"})).exit == 2);
  CHECK(stage.gateway.requests().empty());
}

TEST_CASE("S2 a secret goes to a new file for its owner's eyes alone, and is not shown") {
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"--json"}, {"--quiet"}}) {
    Stage stage;
    const auto file = stage.player.file("token.txt");
    const auto played = stage.player.play(with(kCreate, with({"--output", file}, more)));
    CHECK(played.exit == 0);
    CHECK_FALSE(played.shows(kSecret));
    CHECK(content_of(file) == "tk_" + kSecret + "\n");
    CHECK(mode_of(file) == 0600);
    CHECK(Json::parse(stage.gateway.last().body)["scopes"] == Json{"read", "batches"});
  }
}

TEST_CASE("a file that is there is not written over, and nothing is asked of the server") {
  Stage stage;
  const auto file = stage.player.file("token.txt");
  write_file(file, "precious");
  CHECK(stage.player.play(with(kCreate, {"--output", file})).exit == 7);
  CHECK(content_of(file) == "precious");
  CHECK(stage.gateway.requests().empty());
}

TEST_CASE("a secret is on standard output, never on standard error, where it is asked for") {
  Stage stage;
  const auto shown = stage.player.play(with(kCreate, {"--show-secret"}));
  CHECK(shown.out == "tk_" + kSecret + "\n");
  CHECK(shown.err.find(kSecret) == std::string::npos);
  const auto json = stage.player.play(with(kCreate, {"--show-secret", "--json"}));
  CHECK(Json::parse(json.out)["secret"] == "tk_" + kSecret);
}

TEST_CASE("the new credentials of a released device go to the file") {
  Stage stage;
  const auto file = stage.player.file("new.csv");
  const auto played = stage.player.play({"devices", "release", "GEN-1", "--yes", "--output", file, "--json"});
  CHECK(played.exit == 0);
  CHECK_FALSE(played.shows(kSecret));
  CHECK(Json::parse(played.out)["credentials"] == Json{{"accessKey", "key"}});
  CHECK(content_of(file) == "serial,access_key,access_secret\nGEN-1,key," + kSecret + "\n");
  CHECK(stage.gateway.last().header("idempotency-key").size() == 32);
}

TEST_CASE("many devices are released in one request, their credentials go to the file") {
  Stage stage;
  write_file(stage.player.file("serials.txt"), "GEN-1\n\n  GEN-2 \r\n");
  const auto file = stage.player.file("new.csv");
  const auto played = stage.player.play(
      {"devices", "release", "--from", stage.player.file("serials.txt"), "--yes", "--output", file});
  CHECK(played.exit == 0);
  CHECK_FALSE(played.shows(kSecret));
  CHECK(Json::parse(stage.gateway.last().body) == Json{{"serials", {"GEN-1", "GEN-2"}}});
  CHECK(content_of(file).find(kSecret) != std::string::npos);
}

TEST_CASE("a key is added with an overlap in seconds") {
  Stage stage;
  const auto file = stage.player.file("key.csv");
  CHECK(stage.player
            .play({"devices", "credentials", "add", "GEN-1", "--overlap", "2h", "--allow", "10.1.0.0/16",
                   "--output", file})
            .exit == 0);
  CHECK(Json::parse(stage.gateway.last().body) ==
        Json{{"overlap_s", 7200}, {"allowedAddresses", {"10.1.0.0/16"}}});
  CHECK(stage.gateway.last().header("idempotency-key").size() == 32);
}
