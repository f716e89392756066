// SPDX-License-Identifier: Apache-2.0
// Keys with an end and with allowed addresses, and several keys of one device, on a real Mosquitto.
#include <catch2/catch.hpp>
#include <csignal>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::broker::tests;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::eventually;

namespace {

constexpr int kNotAuthorised = 0x87;
constexpr const char* kHere = R"(,"allowedAddresses":["192.0.2.0/24","127.0.0.0/8"])";
constexpr const char* kElsewhere = R"(,"allowedAddresses":["192.0.2.0/24","::/0"])";

core::Timestamp now() { return core::SystemClock().now(); }

std::string until(core::Timestamp end) { return R"(,"validUntil":")" + core::to_iso(end) + "\""; }

struct Keys {
  Keys() : database() {
    database.make_view();
    database.add(device);
    broker = std::make_unique<TestBroker>(BrokerSettings{
        database.broker_connection_string(), {"plugin_opt_repair_seconds 1"}, "<generated>", {}});
    registry = broker->connect(broker->service("registry"));
    REQUIRE(eventually([&] { return login(device) == 0; }));
  }
  int login(const Device& key) const { return broker->connect(key.identity())->connack(); }
  // Announced as the registry does; the revisions lie above those of the database.
  void set(const Device& key, const std::string& limits) {
    say(R"(,"deviceId":")" + key.id + R"(","secretHash":")" + core::sha256_hex(key.secret) + "\"" + limits,
        key);
  }
  void say(const std::string& rest, const Device& key) {
    REQUIRE(registry->published("$CONTROL/turnkey/credentials",
                                R"({"revision":)" + std::to_string(++revision) +
                                    R"(,"changes":[{"accessKey":")" + key.access_key + "\"" + rest + "}]}"));
  }
  Device another_key() const { return {device.id, core::random_uuid(), core::random_hex(32)}; }

  Device device = Device::make();
  CredentialsDatabase database;
  std::unique_ptr<TestBroker> broker;
  std::unique_ptr<MqttClient> registry;
  int revision = 1000;
};

// When the session ended; nothing when it still lives after five seconds.
std::optional<core::Timestamp> end_of(const MqttClient& session) {
  if (!eventually([&] { return !session.alive(); }, seconds(5))) return std::nullopt;
  return now();
}

}  // namespace

TEST_CASE_METHOD(Keys, "S11 a key logs in from its allowed addresses, and from no other") {
  set(device, kElsewhere);
  CHECK(login(device) == kNotAuthorised);
  CHECK(eventually([&] { return broker->log().find("not be used from this address") != std::string::npos; }));
  set(device, kHere);
  CHECK(login(device) == 0);
  set(device, "");
  CHECK(login(device) == 0);
}

TEST_CASE_METHOD(Keys, "S11 a changed list of addresses cuts the live session within a second, if it must") {
  const auto session = broker->connect(device.identity());
  REQUIRE(session->subscribe(device.command()) == 1);
  set(device, kHere);
  REQUIRE(session->published(device.state(), "{}"));  // it fits: it stays
  const auto changed_at = now();
  set(device, kElsewhere);
  const auto ended_at = end_of(*session);
  REQUIRE(ended_at);
  CHECK(*ended_at - changed_at < seconds(1));
  CHECK(login(device) == kNotAuthorised);
}

TEST_CASE_METHOD(Keys,
                 "S11 a key that ends in the middle of a session cuts it within a second, and not before") {
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("presence/+") == 1);
  const auto session = broker->connect(device.identity());
  const auto end = now() + milliseconds(1500);
  set(device, until(end));
  REQUIRE(session->published(device.state(), "{}"));
  const auto ended_at = end_of(*session);
  REQUIRE(ended_at);
  CHECK(*ended_at >= end);
  CHECK(*ended_at - end < seconds(1));
  CHECK(login(device) == kNotAuthorised);
  CHECK(eventually([&] {
    const auto all = gateway->received_on("presence/" + device.id);
    return !all.empty() && all.back().payload.find(R"("reason":"expired")") != std::string::npos;
  }));
  set(device, until(now() + seconds(60)));
  CHECK(login(device) == 0);
}

TEST_CASE_METHOD(Keys, "S11 a disabled key is cut within a second and kept out, until it is enabled again") {
  const auto session = broker->connect(device.identity());
  const auto changed_at = now();
  say(R"(,"revoked":true)", device);
  const auto ended_at = end_of(*session);
  REQUIRE(ended_at);
  CHECK(*ended_at - changed_at < seconds(1));
  CHECK(login(device) == kNotAuthorised);
  set(device, "");
  CHECK(login(device) == 0);
}

TEST_CASE_METHOD(
    Keys, "S11 two keys of one device overlap, each takes over from the other, until the old one ends") {
  const Device fresh = another_key();
  set(fresh, "");
  const auto end = now() + milliseconds(1500);
  set(device, until(end));
  auto old_session = broker->connect(device.identity());
  CHECK(old_session->connack() == 0);
  const auto new_session = broker->connect(fresh.identity());
  CHECK(new_session->connack() == 0);
  CHECK(end_of(*old_session));  // taken over
  CHECK(login(device) == 0);    // and back, while both are valid
  const auto again = broker->connect(fresh.identity());
  REQUIRE(again->connack() == 0);
  CHECK(eventually([&] { return login(device) == kNotAuthorised; }, seconds(5)));
  CHECK(now() >= end);
  // What ends is the key, not the session that the other key has by now.
  CHECK(broker->connect(fresh.identity())->published(device.state(), "{}"));
}

TEST_CASE_METHOD(Keys, "S11 the end of one key leaves the session of the device's other key alone") {
  const Device fresh = another_key();
  set(fresh, "");
  const auto session = broker->connect(fresh.identity());
  set(device, until(now()));
  say(R"(,"revoked":true)", device);
  CHECK(login(device) == kNotAuthorised);
  CHECK(session->published(device.state(), "{}"));
}

TEST_CASE_METHOD(
    Keys, "S11 ends and allowed addresses are loaded at the start, and repaired when nobody told them") {
  const auto session = broker->connect(device.identity());
  const auto revised = [&](const std::string& columns) {
    database.execute("UPDATE registry.keys SET " + columns + ", revision = nextval('registry.revisions')");
  };
  revised("allowed_addresses = '{192.0.2.0/24,2001:db8::/32}'");
  CHECK(end_of(*session));
  CHECK(login(device) == kNotAuthorised);
  broker->stop(SIGTERM);
  broker->start();
  CHECK(eventually([&] { return broker->log().find("are read and followed") != std::string::npos; }));
  CHECK(login(device) == kNotAuthorised);
  revised("allowed_addresses = '{127.0.0.1/32}', valid_until = now() + interval '1 hour'");
  CHECK(eventually([&] { return login(device) == 0; }, seconds(5)));
  revised("valid_until = now()");
  CHECK(eventually([&] { return login(device) == kNotAuthorised; }, seconds(5)));
}

TEST_CASE_METHOD(
    Keys, "S15 malformed limits change nothing, neither for their key nor for the others of the message") {
  const auto session = broker->connect(device.identity());
  const std::string revoked = R"({"accessKey":")" + device.access_key + R"(","revoked":true})";
  for (const std::string& limits :
       {std::string(R"("allowedAddresses":["127.0.0.1/8"])"), std::string(R"("allowedAddresses":[])"),
        std::string(R"("validUntil":0)"), R"("allowedAddresses":[")" + std::string(100'000, '1') + "\"]"}) {
    REQUIRE(registry->published("$CONTROL/turnkey/credentials",
                                R"({"revision":5000,"changes":[)" + revoked + R"(,{"accessKey":")" +
                                    core::random_uuid() + R"(","deviceId":")" + device.id +
                                    R"(","secretHash":")" + core::sha256_hex("x") + "\"," + limits + "}]}"));
  }
  CHECK(session->published(device.state(), "{}"));
  CHECK(registry->alive());
}

TEST_CASE_METHOD(Keys, "reading the services file again keeps the session of a key with allowed addresses") {
  set(device, kHere);
  const auto session = broker->connect(device.identity());
  broker->signal(SIGHUP);
  REQUIRE(
      eventually([&] { return broker->log().find("services file was read again") != std::string::npos; }));
  CHECK(session->published(device.state(), "{}"));
}
