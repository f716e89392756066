// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

Played reconciled(const Json& counters, const std::vector<std::string>& more = {}) {
  Gateway gateway;
  gateway.answer("GET", "/api/telemetry/counters", counters);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  std::vector<std::string> arguments = {"telemetry", "reconcile"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return player.play(arguments);
}

Json counted(int received) {
  return {{"received", received},
          {"stored", 90},
          {"duplicate", 6},
          {"missing", 0},
          {"refused", {{"not_json", 3}, {"unknown_device", 1}}},
          {"valuesRefused", Json::object()}};
}

}  // namespace

TEST_CASE("S22 reports that are stored, refused or duplicates add up to those received, or exit code 3") {
  const auto good = reconciled(counted(100));
  CHECK(good.exit == 0);
  CHECK(good.out.find("received                        100\n") == 0);
  CHECK(good.shows("  unknown_device                1\n"));
  CHECK(good.shows("Every report is accounted for."));
  CHECK(Json::parse(reconciled(counted(100), {"--json"}).out)["unaccounted"] == 0);
  for (const int received : {101, 99}) {
    const auto bad = reconciled(counted(received));
    CHECK(bad.exit == 3);
    CHECK(bad.shows("What became of " + std::to_string(received - 100) + " reports is not accounted for."));
    const auto json = reconciled(counted(received), {"--json"});
    CHECK(json.exit == 3);
    CHECK(Json::parse(json.err)["unaccounted"] == received - 100);
  }
}

TEST_CASE("S22 reports that the broker numbered and that do not arrive end with exit code 3") {
  auto counters = counted(100);
  counters["missing"] = 2;
  const auto bad = reconciled(counters);
  CHECK(bad.exit == 3);
  CHECK(bad.shows("2 reports that the broker took have not arrived"));
}

TEST_CASE("counters that cannot be read are no proof") {
  auto counters = counted(100);
  counters["refused"] = 4;
  CHECK(reconciled(counters).exit == 1);
  CHECK(reconciled(Json::object()).exit == 1);
}
