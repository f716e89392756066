// SPDX-License-Identifier: Apache-2.0
#include "domain/gatekeeper.hpp"

#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "domain/journal_entry.hpp"
#include "settings.hpp"

using namespace turnkey::broker;
namespace core = turnkey::core;

namespace {

const std::string kDevice = "0123456789abcdef01234567";
const std::string kOther = "fedcba9876543210fedcba98";
const std::string kKey = "0f8fad5b-d9cb-469f-a165-70867728950e";
const std::string kSecret(64, 'a');
const std::string kState = "devices/" + kDevice + "/state";

int g_first = 0;
int g_second = 0;
const ClientHandle kFirst = &g_first;
const ClientHandle kSecond = &g_second;

ServiceUsers services() {
  return *ServiceUsers::parse("registry:" + core::sha256_hex("long password") + "\n");
}

struct Gate {
  Gate() : keeper({"devices", "losant"}, services()) {
    CredentialRow row;
    row.key = *AccessKey::parse(kKey);
    row.credential = {*DeviceId::parse(kDevice), core::sha256(kSecret)};
    row.revision = 1;
    keeper.apply(row);
  }
  Gatekeeper keeper;
};

CredentialRow limited(const char* range, std::int64_t revision) {
  CredentialRow row;
  row.key = *AccessKey::parse(kKey);
  row.credential = {*DeviceId::parse(kDevice), core::sha256(kSecret)};
  row.revision = revision;
  row.limits.allowed = {*core::AddressRange::parse(range)};
  return row;
}

ClientView client(ClientHandle handle) { return {handle, kDevice, kKey}; }

}  // namespace

TEST_CASE_METHOD(Gate, "a device logs in with its own id, key and secret, and with nothing less [S10]") {
  CHECK(keeper.judge({kFirst, kDevice, kKey}, kSecret) == Login::device);
  CHECK(keeper.judge({kFirst, kDevice, kKey}, kSecret + "a") == Login::wrong_secret);
  CHECK(keeper.judge({kFirst, kDevice, kKey}, "") == Login::wrong_secret);
  CHECK(keeper.judge({kFirst, kOther, kKey}, kSecret) == Login::wrong_client_id);
  CHECK(keeper.judge({kFirst, "#", kKey}, kSecret) == Login::wrong_client_id);
  CHECK(keeper.judge({kFirst, "", kKey}, kSecret) == Login::wrong_client_id);
  CHECK(keeper.judge({kFirst, kDevice, core::random_uuid()}, kSecret) == Login::unknown_key);
  CHECK(keeper.judge({kFirst, kDevice, ""}, "") == Login::unknown_key);
}

TEST_CASE_METHOD(Gate, "a device that shows a certificate shows its own, and its secret too [S10]") {
  const auto shows = [&](const std::string& name, const std::string& secret) {
    return keeper.judge({kFirst, kDevice, kKey, "", name}, secret);
  };
  CHECK(shows(kDevice, kSecret) == Login::device);
  CHECK(shows(kDevice, kSecret + "a") == Login::wrong_secret);
  CHECK(shows(kOther, kSecret) == Login::wrong_certificate);
  CHECK(shows("", kSecret) == Login::wrong_certificate);
}

TEST_CASE_METHOD(Gate, "a service logs in with its password and a client id of its own [S10]") {
  CHECK(keeper.judge({kFirst, "registry-1", "registry"}, "long password") == Login::service);
  CHECK(keeper.judge({kFirst, "registry-1", "registry"}, "wrong") == Login::wrong_password);
  CHECK(keeper.judge({kFirst, kDevice, "registry"}, "long password") == Login::wrong_client_id);
  CHECK(keeper.judge({kFirst, "provisioning-1", "provisioning"}, "long password") == Login::wrong_password);
}

TEST_CASE_METHOD(Gate, "only the connection that owns its device may publish [S8] [S11]") {
  CHECK_FALSE(keeper.may(Access::publish, client(kFirst), kState, 1));
  keeper.logged_in(client(kFirst), Login::device);
  CHECK(keeper.may(Access::publish, client(kFirst), kState, 1));
  keeper.logged_in(client(kSecond), Login::device);
  CHECK_FALSE(keeper.may(Access::publish, client(kFirst), kState, 1));  // the old one's last will
  CHECK(keeper.may(Access::publish, client(kSecond), kState, 1));
  keeper.ended(kSecond);
  keeper.ended(kFirst);
  CHECK_FALSE(keeper.may(Access::publish, client(kSecond), kState, 1));
}

TEST_CASE_METHOD(Gate, "a payload of 256 KiB passes and one byte more does not [S10]") {
  keeper.logged_in(client(kFirst), Login::device);
  CHECK(keeper.may(Access::publish, client(kFirst), kState, kMaxReportBytes));
  CHECK_FALSE(keeper.may(Access::publish, client(kFirst), kState, kMaxReportBytes + 1));
}

TEST_CASE_METHOD(Gate, "commands are stored for a device that is away, until its key is revoked [S11]") {
  const std::string command = "devices/" + kDevice + "/command";
  CHECK(keeper.may(Access::receive, client(kFirst), command, 1));
  CredentialRow row;
  row.key = *AccessKey::parse(kKey);
  row.revoked = true;
  row.revision = 2;
  keeper.apply(row);
  CHECK_FALSE(keeper.may(Access::receive, client(kFirst), command, 1));
}

TEST_CASE_METHOD(Gate,
                 "S11 a key with allowed addresses lets in from there, and only with the right secret") {
  keeper.apply(limited("192.0.2.0/24", 2));
  const auto from = [&](std::string_view address, const std::string& secret) {
    return keeper.judge({kFirst, kDevice, kKey, address}, secret);
  };
  CHECK(from("192.0.2.255", kSecret) == Login::device);
  CHECK(from("::ffff:192.0.2.0", kSecret) == Login::device);
  CHECK(from("192.0.3.0", kSecret) == Login::wrong_address);
  CHECK(from("::1", kSecret) == Login::wrong_address);
  CHECK(from("", kSecret) == Login::wrong_address);
  CHECK(from("192.0.3.0", "guess") == Login::wrong_secret);  // what the list is stays untold
}

TEST_CASE_METHOD(Gate, "S11 a new list ends the session that no longer fits, and no other") {
  const ClientView here{kFirst, kDevice, kKey, "192.0.2.7"};
  keeper.logged_in(here, Login::device);
  CHECK_FALSE(keeper.apply(limited("192.0.2.0/24", 2)));
  CHECK_FALSE(keeper.apply(limited("0.0.0.0/0", 3)));
  CHECK_FALSE(keeper.apply(limited("10.0.0.0/8", 2)));  // old news
  CHECK(keeper.apply(limited("10.0.0.0/8", 4)) == DeviceId::parse(kDevice));
  keeper.ended(kFirst);
  CHECK_FALSE(keeper.apply(limited("10.0.0.0/16", 5)));
}

TEST_CASE_METHOD(Gate,
                 "S11 an ended key lets nobody in and gets no commands, and is told apart from unknown") {
  CredentialRow row = limited("0.0.0.0/0", 2);
  row.limits.valid_until = core::from_epoch_ms(1000);
  keeper.apply(row);
  const std::string command = "devices/" + kDevice + "/command";
  keeper.credentials().advance(core::from_epoch_ms(999));
  CHECK(keeper.judge({kFirst, kDevice, kKey, "192.0.2.7"}, kSecret) == Login::device);
  CHECK(keeper.may(Access::receive, client(kFirst), command, 1));
  keeper.credentials().advance(core::from_epoch_ms(1000));
  CHECK(keeper.judge({kFirst, kDevice, kKey, "192.0.2.7"}, kSecret) == Login::ended_key);
  CHECK(keeper.judge({kFirst, kDevice, core::random_uuid(), "192.0.2.7"}, kSecret) == Login::unknown_key);
  CHECK_FALSE(keeper.may(Access::receive, client(kFirst), command, 1));
}

namespace {

const std::string kEvents = "events/" + kOther;
const std::string kItsKey = "11111111-2222-3333-4444-555555555555";
ClientView integration(ClientHandle handle) { return {handle, kOther, kItsKey}; }

CredentialRow integration_row(std::int64_t revision, bool revoked) {
  CredentialRow row;
  row.key = *AccessKey::parse(kItsKey);
  row.credential = {*DeviceId::parse(kOther), core::sha256(kSecret), Holder::integration};
  row.revision = revision;
  row.revoked = revoked;
  return row;
}

}  // namespace

TEST_CASE_METHOD(Gate, "S10 an integration hears its own events and does nothing else") {
  keeper.apply(integration_row(1, false));
  REQUIRE(keeper.judge(integration(kFirst), kSecret) == Login::integration);
  CHECK(keeper.judge({kFirst, kDevice, kItsKey}, kSecret) == Login::wrong_client_id);
  keeper.logged_in(integration(kFirst), Login::integration);
  CHECK(keeper.may(Access::subscribe, integration(kFirst), kEvents, 0));
  CHECK(keeper.may(Access::receive, integration(kFirst), kEvents, 1));
  CHECK_FALSE(keeper.may(Access::publish, integration(kFirst), kEvents, 1));
  for (const std::string& topic :
       std::vector<std::string>{"events/" + kDevice, "events/+", "events/#", "#", kEvents + "/more",
                                "devices/" + kOther + "/command", "devices/" + kOther + "/state", "events",
                                "registry/devices/" + kDevice, "presence/+", "$share/x/" + kEvents}) {
    INFO(topic);
    CHECK_FALSE(keeper.may(Access::subscribe, integration(kFirst), topic, 0));
    CHECK_FALSE(keeper.may(Access::publish, integration(kFirst), topic, 1));
  }
  keeper.logged_in(client(kSecond), Login::device);
  CHECK_FALSE(keeper.may(Access::subscribe, client(kSecond), "events/" + kDevice, 0));  // a device hears none
  CHECK(keeper.settle().size() == 1);                                                   // the device's alone
  CHECK_FALSE(keeper.ended(kFirst));
}

TEST_CASE_METHOD(Gate, "S11 a revoked key of an integration ends its session and what would wait for it") {
  keeper.apply(integration_row(1, false));
  keeper.logged_in(integration(kFirst), Login::integration);
  keeper.settle();
  CHECK(keeper.apply(integration_row(2, true)) == DeviceId::parse(kOther));
  CHECK(keeper.prepare_cut(*DeviceId::parse(kOther), *AccessKey::parse(kItsKey), "revoked"));
  CHECK_FALSE(keeper.may(Access::receive, integration(kFirst), kEvents, 1));
}

TEST_CASE_METHOD(Gate, "S21 so many events wait for an integration that is away, and no more") {
  keeper.apply(integration_row(1, false));
  for (int i = 0; i < Gatekeeper::kMostWaitingEvents; ++i) REQUIRE(keeper.event_may_go(integration(kFirst)));
  CHECK_FALSE(keeper.event_may_go(integration(kFirst)));
  keeper.logged_in(integration(kSecond), Login::integration);
  CHECK(keeper.event_may_go(integration(kSecond)));
  keeper.ended(kSecond);
  CHECK(keeper.event_may_go(integration(kSecond)));
}

TEST_CASE("a services file that names nobody, a stranger, or a weak or shared password is refused [S1]") {
  const std::string hash = core::sha256_hex("one");
  CHECK(ServiceUsers::parse("# comment\n\nregistry:" + hash + "\r\n"));
  for (const std::string& text : std::vector<std::string>{
           std::string(), std::string("# nothing\n"), "stranger:" + hash, std::string("registry:"),
           std::string("registry"), "registry:" + hash.substr(1), "registry:" + core::sha256_hex(""),
           "registry:" + hash + "\nregistry:" + core::sha256_hex("two"),
           "registry:" + hash + "\nprovisioning:" + hash}) {
    INFO(text);
    CHECK_FALSE(ServiceUsers::parse(text));
  }
}

TEST_CASE("settings name every wrong option at once") {
  CHECK(parse_settings({{"services_file", "/s"}, {"journal_dir", "/j"}, {"roots", "a,b"}}));
  const auto wrong = parse_settings({{"journal_dir", "/j"}, {"rots", "a"}, {"repair_seconds", "0"}});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("rots") != std::string::npos);
  CHECK(wrong.error().message.find("repair_seconds") != std::string::npos);
  CHECK(wrong.error().message.find("services_file") != std::string::npos);
}
