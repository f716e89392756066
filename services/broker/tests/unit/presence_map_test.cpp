// SPDX-License-Identifier: Apache-2.0
#include "domain/presence_map.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::broker;

namespace {

const DeviceId kDevice = *DeviceId::parse("0123456789abcdef01234567");
const AccessKey kKey = *AccessKey::parse("0f8fad5b-d9cb-469f-a165-70867728950e");
int g_handles[3];
const ClientHandle kOld = &g_handles[0];
const ClientHandle kNew = &g_handles[1];

}  // namespace

TEST_CASE("a login counts as connected at the next tick, once") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  const auto changes = map.settle();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].connected);
  CHECK(map.settle().empty());
  CHECK_FALSE(map.sign_of_life(kOld));
}

TEST_CASE("a sign of life makes the login count at once") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  CHECK(map.sign_of_life(kOld)->connected);
  CHECK(map.settle().empty());
}

TEST_CASE("a login that fails before its CONNACK says nothing") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  CHECK_FALSE(map.ended(kOld));
  CHECK(map.settle().empty());
  CHECK(map.connected() == 0);
}

TEST_CASE("the end of an overtaken connection does not make the device offline") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  map.settle();
  map.logged_in(kNew, {kDevice, kKey, {}});
  CHECK_FALSE(map.ended(kOld));
  const auto changes = map.settle();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].connected);
  CHECK(changes[0].reason == "taken_over");
  const auto end = map.ended(kNew);
  REQUIRE(end);
  CHECK_FALSE(end->connected);
  CHECK(map.connected() == 0);
}

TEST_CASE("a takeover that fails before its CONNACK leaves the device to the older connection") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  map.settle();
  map.logged_in(kNew, {kDevice, kKey, {}});
  CHECK_FALSE(map.ended(kNew));
  CHECK(map.owns_its_device(kOld));
  CHECK_FALSE(map.ended(kOld)->connected);
}

TEST_CASE("a takeover that dies after the older connection makes the device offline") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  map.settle();
  map.logged_in(kNew, {kDevice, kKey, {}});
  CHECK_FALSE(map.ended(kOld));
  const auto end = map.ended(kNew);
  REQUIRE(end);
  CHECK_FALSE(end->connected);
}

TEST_CASE("a refused login's end is not anybody's") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  map.settle();
  CHECK_FALSE(map.ended(kNew));
  CHECK(map.owns_its_device(kOld));
}

TEST_CASE("only a session that uses the key is cut, and its end says why [S11]") {
  PresenceMap map;
  map.logged_in(kOld, {kDevice, kKey, {}});
  map.settle();
  CHECK_FALSE(map.prepare_cut(kDevice, AccessKey{}, "revoked"));
  CHECK(map.prepare_cut(kDevice, kKey, "revoked"));
  CHECK(map.ended(kOld)->reason == "revoked");
}
