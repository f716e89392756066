// SPDX-License-Identifier: Apache-2.0
// The rules against the real broker with its plugin, which keeps them all, and against brokers that do not.
#include "conformance.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::simulator;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

struct Setup : broker::tests::OneDevice {
  Account account() const {
    http::Endpoint endpoint{"127.0.0.1", broker->port(), false};
    return {endpoint, "devices", device.id, device.access_key, device.secret};
  }
};

const Ruling& of(const std::vector<Ruling>& rulings, const std::string& rule) {
  const auto found =
      std::find_if(rulings.begin(), rulings.end(), [&](const Ruling& one) { return one.rule == rule; });
  REQUIRE(found != rulings.end());
  return *found;
}

const auto kSilently = [] {};

}  // namespace

TEST_CASE_METHOD(Setup, "our broker keeps every rule that firmware relies on [S10]") {
  const auto rulings = check_account(account(), 0s, kSilently);
  REQUIRE(rulings);
  INFO(to_text(*rulings));
  CHECK(all_kept(*rulings));
  CHECK(to_json(*rulings)["broken"] == 0);
  CHECK(to_json(*rulings)["kept"] == rulings->size() - 1);
  CHECK(of(*rulings, "command_form").kept == Kept::not_checked);
}

TEST_CASE_METHOD(Setup, "the older root keeps every rule too") {
  auto losant = account();
  losant.root = "losant";
  const auto rulings = check_account(losant, 0s, kSilently);
  REQUIRE(rulings);
  INFO(to_text(*rulings));
  CHECK(all_kept(*rulings));
}

TEST_CASE_METHOD(Setup, "a command that is sent meanwhile is judged by its form") {
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  const auto sent = [&](const std::string& payload) {
    const auto rulings =
        check_account(account(), 10s, [&] { gateway->publish(device.command(), payload, 1, false, {}, 60); });
    REQUIRE(rulings);
    return of(*rulings, "command_form");
  };
  CHECK(sent(R"({"name":"start","time":{"$date":"2026-11-22T21:48:05.130Z"}})").kept == Kept::yes);
  const auto wrong = sent(R"({"name":"start","time":{"$date":"2026-11-22T21:48:05Z"}})");
  CHECK(wrong.kept == Kept::no);
  CHECK(wrong.saw.find("milliseconds") != std::string::npos);
}

TEST_CASE_METHOD(Setup, "an account that is not let in, and a broker that is not there, cannot be checked") {
  auto wrong = account();
  wrong.access_secret = std::string(64, '0');
  CHECK(check_account(wrong, 0s, kSilently).error().code == core::ErrorCode::unauthorized);
  broker->stop(SIGTERM);
  CHECK(check_account(account(), 0s, kSilently).error().detail == "unreachable");
}

TEST_CASE("a broker that lets everybody do everything breaks the rules that it should", "[S10]") {
  const testing::TemporaryFolder folder;
  const int port = testing::free_port();
  const std::string file = folder.path() + "/open.conf";
  std::ofstream(file) << "listener " << port << " 127.0.0.1\nallow_anonymous true\nuser root\n";
  testing::Child open({"mosquitto", "-c", file}, folder.path() + "/log");
  const auto device = broker::tests::Device::make();
  const http::Endpoint endpoint{"127.0.0.1", port, false};
  REQUIRE(eventually([&] { return http::DialledStream::dial(endpoint).has_value(); }));
  const auto rulings =
      check_account({endpoint, "devices", device.id, device.access_key, device.secret}, 0s, kSilently);
  REQUIRE(rulings);
  INFO(to_text(*rulings));
  for (const char* rule : {"refuses_other_ids", "refuses_wrong_secrets", "bounds_reports",
                           "refuses_publishing", "refuses_subscribing"})
    CHECK(of(*rulings, rule).kept == Kept::no);
  for (const char* rule : {"lets_in", "takes_reports", "newest_wins", "keeps_sessions", "ends_silence"})
    CHECK(of(*rulings, rule).kept == Kept::yes);
}
