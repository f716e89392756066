// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

const std::string kId = "5f0c9a1b2c3d4e5f60718293";

// A server that erases in two runs.
struct Server {
  explicit Server(int devices = 0) {
    gateway.answer("GET", "/api/users", {{"items", {{{"id", kId}, {"email", "kim@tekton.example"}}}}});
    gateway.answer("GET", "/api/groups",
                   {{"items", {{{"id", kId}, {"name", "Tekton"}, {"children", Json::array()}}}}});
    for (const char* kind : {"users", "groups"}) {
      gateway.on(
          "POST", std::string("/api/") + kind + "/{id}/erasure",
          [this, devices](const http::Request& request) -> core::Result<http::Response> {
            const Json body = Json::parse(request.body);
            const bool apply = body.value("apply", false);
            if (apply) ++runs;
            const bool finished = runs == 2;
            return http::json_response(
                {{"at", "2026-11-22T21:48:05.130Z"},
                 {"by", kId},
                 {"applied", apply},
                 {"finished", finished},
                 {"devices", devices},
                 {"rows", {{"telemetry", {{"samples", 20000}}}, {"registry", {{"users", finished ? 1 : 0}}}}},
                 {"ledger", finished ? Json{{"seq", 7}, {"hash", std::string(64, 'a')}} : Json()}});
          });
    }
    gateway.start();
    player.sign_in(gateway.url());
  }
  Gateway gateway;
  Player player;
  int runs = 0;
};

}  // namespace

TEST_CASE("S23 erasing is counted unless it is said to be done, and nothing changes") {
  Server server;
  const auto counted = server.player.play({"users", "erase", "kim@tekton.example"});
  CHECK(counted.exit == 0);
  CHECK(counted.shows("telemetry.samples                       20000\n"));
  CHECK(counted.shows("Nothing was erased: --apply --proof FILE does it."));
  CHECK(server.runs == 0);
}

TEST_CASE("S23 what is erased in several runs is added up in one proof, readable by its owner alone") {
  Server server;
  const std::string file = server.player.file("proof.json");
  const auto done = server.player.play({"groups", "erase", "Tekton", "--apply", "--yes", "--proof", file});
  CHECK(done.exit == 0);
  CHECK(server.runs == 2);
  CHECK(mode_of(file) == 0600);
  const Json proof = Json::parse(content_of(file));
  CHECK(proof["rows"]["telemetry"]["samples"] == 40000);
  CHECK(proof["runs"].size() == 2);
  CHECK(proof["ledger"]["seq"] == 7);
  CHECK(content_of(file).find("Tekton") == std::string::npos);
}

TEST_CASE("S23 nothing is erased without a place for the proof, without a yes, or while devices are there") {
  Server server;
  const std::string file = server.player.file("proof.json");
  CHECK(server.player.play({"groups", "erase", "Tekton", "--apply", "--yes"}).exit == 2);
  CHECK(server.player.play({"groups", "erase", "Tekton", "--apply", "--proof", file}).exit == 2);
  write_file(file, "mine");
  CHECK(server.player.play({"groups", "erase", "Tekton", "--apply", "--yes", "--proof", file}).exit == 7);
  CHECK(content_of(file) == "mine");
  CHECK(server.runs == 0);
  Server full(3);
  const auto refused = full.player.play(
      {"groups", "erase", "Tekton", "--apply", "--yes", "--proof", full.player.file("proof.json")});
  CHECK(refused.exit == 7);
  CHECK(refused.shows("3 devices are in it still."));
  CHECK(full.runs == 0);
}
