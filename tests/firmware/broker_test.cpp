// SPDX-License-Identifier: Apache-2.0
// The example firmware at the broker as it is delivered, over TLS.
#include <catch2/catch.hpp>
#include <csignal>
#include <map>

#include "contracts/json.hpp"
#include "core/time.hpp"
#include "example.hpp"
#include "fixture/broker_fixture.hpp"
#include "testing/authority.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using broker::tests::Received;
using contracts::Json;
using testing::eventually;

namespace {

struct Setup {
  Setup() {
    ours.issue("server", "IP:127.0.0.1");
    database.make_view();
    database.add(device);
    broker::tests::BrokerSettings settings{database.broker_connection_string()};
    settings.certificates = ours.path("");
    broker = std::make_unique<broker::tests::TestBroker>(settings);
  }
  std::unique_ptr<tests::Example> power_up(const std::string& secret, const std::string& ca_file) const {
    return std::make_unique<tests::Example>(
        tests::ExampleAccount{broker->tls_port(), device.id, device.access_key, secret, ca_file});
  }
  std::unique_ptr<tests::Example> power_up() const {
    auto example = power_up(device.secret, ours.path("ca.crt"));
    REQUIRE(eventually([&] { return example->said("online") == 1; }, 30s));
    return example;
  }
  void command(const std::string& name, const Json& payload, bool waits = false) const {
    const auto gateway = broker->connect(broker->service("experience-gateway"));
    const Json message = {
        {"name", name}, {"payload", payload}, {"time", {{"$date", "2026-11-22T21:48:05.130Z"}}}};
    broker::tests::Properties properties;
    if (waits) properties["turnkey-valid-for"] = "600";
    const int mid = gateway->publish(device.command(), message.dump(), 1, false, properties, 600);
    REQUIRE(eventually([&] { return gateway->puback(mid).value_or(0xFF) < 0x80; }));
  }

  broker::tests::Device device = broker::tests::Device::make();
  testing::Authority ours{"ours"};
  testing::Authority foreign{"foreign"};
  broker::tests::CredentialsDatabase database;
  std::unique_ptr<broker::tests::TestBroker> broker;
};

// What the broker has acknowledged: its journal, as it tells it to who says hello. Report by id.
class Journal {
 public:
  explicit Journal(const broker::tests::TestBroker& broker)
      : ingest_(broker.connect(broker.service("telemetry-ingest"))) {
    REQUIRE(ingest_->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
    ingest_->publish("$CONTROL/turnkey/journal", R"({"hello":true})");
  }
  // How many different reports have that value; with any value when there is none.
  std::size_t count(const std::string& attribute, const Json& value = {}) const {
    return with(attribute, value).size();
  }
  std::map<std::string, Json> with(const std::string& attribute, const Json& value = {}) const {
    std::map<std::string, Json> found;
    for (const Received& one : ingest_->received()) {
      const Json report = Json::parse(one.payload);
      const auto held = report.at("data").find(attribute);
      if (held != report.at("data").end() && (value.is_null() || *held == value))
        found[one.properties.at("turnkey-id")] = report;
    }
    return found;
  }

 private:
  std::unique_ptr<broker::tests::MqttClient> ingest_;
};

}  // namespace

TEST_CASE_METHOD(Setup, "the example firmware trusts a broker of its authority, and no other [S19]") {
  const auto deceived = power_up(device.secret, foreign.path("ca.crt"));
  REQUIRE(eventually([&] { return deceived->said("away: no connection") == 2; }, 30s));
  CHECK(deceived->said("online") == 0);
  CHECK(power_up()->end() == 0);
}

TEST_CASE_METHOD(Setup, "the example firmware says that its secret is refused, and waits longer each time") {
  const auto refused = power_up(std::string(64, '0'), ours.path("ca.crt"));
  REQUIRE(eventually([&] { return refused->said("away: refused 5") == 3; }, 30s));
  CHECK(refused->said("online") == 0);
}

TEST_CASE_METHOD(Setup, "the example firmware blinks as often as it is told, and obeys other commands once") {
  const auto example = power_up();
  command("identify", {{"times", 2}});
  REQUIRE(eventually([&] { return example->said("light off") == 2; }));
  command("start", nullptr);
  command("start", nullptr);                    // its time is the same: delivered twice
  command("large", std::string(100'000, 'x'));  // more than a small chip reads
  command("stop", nullptr);
  REQUIRE(eventually([&] { return example->said("command stop") == 1; }));
  CHECK(example->said("command start") == 1);
  CHECK(example->said("light on") == 2);
  CHECK(example->said("away") == 0);
}

TEST_CASE_METHOD(Setup, "the example firmware gets the command that waited while it had no power") {
  CHECK(power_up()->end() == 0);
  command("start", nullptr, true);
  const auto back = power_up();
  CHECK(eventually([&] { return back->said("command start") == 1; }));
}

TEST_CASE_METHOD(Setup,
                 "the example firmware loses no report and no press when the broker is killed, and tells "
                 "them once [S22]") {
  const auto example = power_up();
  int reports = 0;
  const auto report = [&](int count) {
    for (int i = 0; i < count; ++i) example->type("report rpm " + std::to_string(reports++));
  };
  constexpr int kRounds = 3;
  for (int round = 1; round <= kRounds; ++round) {
    report(5);
    const std::size_t away = example->said("away");
    if (round == kRounds) broker->signal(SIGSTOP);  // what follows is sent, and nobody acknowledges it
    report(5);
    if (round == kRounds) REQUIRE(eventually([&] { return example->said("away") > away; }, 60s));
    broker->stop(SIGKILL);
    REQUIRE(eventually([&] { return example->said("away") > away; }, 30s));
    report(5);
    example->type("press");
    const std::size_t taken = example->said("all taken");
    broker->start();
    REQUIRE(eventually([&] { return example->said("all taken") > taken; }, 60s));
  }
  const Journal journal(*broker);
  REQUIRE(eventually([&] { return journal.count("register_button") >= kRounds; }, 30s));
  REQUIRE(eventually([&] { return journal.count("rpm", reports - 1) == 1; }));
  for (int value = 0; value < reports; ++value) {
    INFO("report " << value);
    CHECK(journal.count("rpm", value) == 1);
  }
  CHECK(journal.count("register_button") == kRounds);
}

TEST_CASE_METHOD(
    Setup, "what the example firmware kept while it was away has the time of its making, a press has none") {
  const auto example = power_up();
  broker->stop(SIGKILL);
  REQUIRE(eventually([&] { return example->said("away") == 1; }));
  const auto before = core::SystemClock().now();
  example->type("report rpm 1500");
  example->type("press");
  REQUIRE(eventually([&] { return example->said("away") > 1; }, 30s));
  const auto after = core::SystemClock().now();
  const std::size_t taken = example->said("all taken");
  broker->start();
  REQUIRE(eventually([&] { return example->said("all taken") > taken; }, 60s));
  const Journal journal(*broker);
  REQUIRE(eventually([&] { return journal.count("rpm") == 1 && journal.count("register_button") == 1; }));
  const auto made = core::from_epoch_ms(journal.with("rpm").begin()->second.at("time").get<std::int64_t>());
  CHECK(made >= before - 1s);
  CHECK(made < after);
  CHECK_FALSE(journal.with("register_button").begin()->second.contains("time"));
}
