// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>
#include <set>

#include "fixture/broker_fixture.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using std::chrono::seconds;
using turnkey::testing::eventually;

namespace {

constexpr const char* kControl = "$CONTROL/turnkey/journal";
constexpr const char* kHello = R"({"hello":true})";

struct Setup : OneDevice {
  explicit Setup(std::vector<std::string> options = {}, std::vector<std::string> prefix = {})
      : OneDevice({"", std::move(options), "<generated>", std::move(prefix), ""}) {}
  std::unique_ptr<MqttClient> ingest() {
    auto client = broker->connect(broker->service("telemetry-ingest"));
    REQUIRE(client->subscribe("$share/telemetry-ingest/devices/+/state") == 1);
    REQUIRE(client->subscribe("$share/telemetry-ingest/losant/+/state") == 1);
    return client;
  }
};

struct Tight : Setup {  // small segments, a small journal
  Tight() : Setup({"plugin_opt_journal_segment_bytes 2048", "plugin_opt_journal_max_bytes 16384"}) {}
};

struct Impatient : Setup {
  Impatient() : Setup({"plugin_opt_replay_timeout_ms 300"}) {}
};

std::string text(const Received& one, const std::string& property) {
  const auto found = one.properties.find(property);
  return found == one.properties.end() ? "" : found->second;
}

// Acknowledges every report that the client holds.
std::string spooled(const std::vector<Received>& reports) {
  std::string ranges;
  for (const Received& one : reports) {
    const std::string id = text(one, "turnkey-id");
    const std::size_t dash = id.find('-');
    const std::size_t last = id.rfind('-');
    const std::string index = id.substr(last + 1);
    ranges += std::string(ranges.empty() ? "" : ",") + R"({"journal":")" + id.substr(0, dash) +
              R"(","segment":)" + id.substr(dash + 1, last - dash - 1) + R"(,"from":)" + index + R"(,"to":)" +
              index + "}";
  }
  return R"({"spooled":[)" + ranges + "]}";
}

std::set<std::string> payloads(const std::vector<Received>& reports) {
  std::set<std::string> all;
  for (const Received& one : reports) all.insert(one.payload);
  return all;
}

}  // namespace

TEST_CASE_METHOD(Setup, "a report gets the broker's id and time, and nothing that the device attached [S8]") {
  const auto consumer = ingest();
  const auto client = broker->connect(device.identity());
  client->publish(device.state(), "one", 1, true,
                  {{"turnkey-id", "forged"}, {"turnkey-time", "1"}, {"turnkey-replay", "1"}, {"other", "x"}});
  client->publish(device.state(), "two", 0);
  REQUIRE(eventually([&] { return consumer->received().size() == 2; }));
  const auto all = consumer->received();
  CHECK(all[0].properties.size() == 3);
  CHECK(text(all[0], "turnkey-id").find("-0-0") == 16);
  CHECK(text(all[0], "turnkey-time").size() == 13);
  CHECK(text(all[0], "turnkey-retained") == "1");
  CHECK_FALSE(all[0].retained);
  CHECK(text(all[1], "turnkey-id").find("-0-1") == 16);
  CHECK(all[1].properties.size() == 2);
  // Nothing was retained: who subscribes later does not see it.
  const auto gateway = broker->connect(broker->service("experience-gateway"));
  REQUIRE(gateway->subscribe("devices/+/state") == 1);
  REQUIRE(client->published("losant/" + device.id + "/state", "three"));
  REQUIRE(eventually([&] { return consumer->received().size() == 3; }));
  CHECK(gateway->received().empty());
}

TEST_CASE_METHOD(Setup, "a last will of a device is not a report [S8]") {
  const auto consumer = ingest();
  Identity with_will = device.identity();
  with_will.will_topic = device.state();
  auto first = broker->connect(with_will);
  const auto second = broker->connect(with_will);  // overtakes the first one
  REQUIRE(second->connack() == 0);
  CHECK(eventually([&] { return !first->alive(); }));
  first.reset();
  CHECK(second->published(device.state(), "report"));
  CHECK(eventually([&] { return !consumer->received().empty(); }));
  CHECK(payloads(consumer->received()) == std::set<std::string>{"report"});
}

TEST_CASE_METHOD(Setup,
                 "what ingest has not spooled comes again after a restart of the broker, as it was [S22]") {
  std::vector<Received> before;
  {
    const auto consumer = ingest();
    const auto client = broker->connect(device.identity());
    for (int i = 0; i < 20; ++i) REQUIRE(client->published(device.state(), std::to_string(i)));
    REQUIRE(eventually([&] { return consumer->received().size() == 20; }));
    before = consumer->received();
    std::vector<Received> first_half(before.begin(), before.begin() + 10);
    REQUIRE(consumer->published(kControl, spooled(first_half)));
  }
  const int signal = GENERATE(SIGTERM, SIGKILL);
  broker->stop(signal);
  broker->start();
  const auto consumer = ingest();
  REQUIRE(consumer->published(kControl, kHello));
  REQUIRE(eventually([&] { return consumer->received().size() >= 10; }));
  const auto again = consumer->received();
  REQUIRE(again.size() == 10);
  for (std::size_t i = 0; i < again.size(); ++i) {
    CHECK(again[i].payload == before[i + 10].payload);
    CHECK(text(again[i], "turnkey-id") == text(before[i + 10], "turnkey-id"));
    CHECK(text(again[i], "turnkey-time") == text(before[i + 10], "turnkey-time"));
    CHECK(text(again[i], "turnkey-replay") == "1");
  }
  REQUIRE(consumer->published(kControl, spooled(again)));
  REQUIRE(consumer->published(kControl, kHello));
  await_device();
  const auto client = broker->connect(device.identity());
  REQUIRE(client->published(device.state(), "new"));
  CHECK(eventually([&] { return consumer->received().size() == 11; }));
  CHECK(consumer->received().back().payload == "new");
}

TEST_CASE_METHOD(Setup, "every report that got its PUBACK survives a kill of the broker [S22]") {
  std::set<std::string> confirmed;
  for (int round = 0; round < 3; ++round) {
    const auto client = broker->connect(device.identity());
    std::map<int, std::string> sent;
    for (int i = 0; i < 3000; ++i) {
      const std::string payload = std::to_string(round) + "/" + std::to_string(i);
      sent[client->publish(device.state(), payload)] = payload;
    }
    eventually([&] { return client->pubacks() > 500; });
    broker->stop(SIGKILL);
    eventually([&] { return !client->alive(); });
    for (const auto& [mid, payload] : sent) {
      if (client->puback(mid).value_or(0xFF) < 0x80) confirmed.insert(payload);
    }
    broker->start();
    await_device();
  }
  REQUIRE(confirmed.size() > 1500);
  const auto consumer = ingest();
  REQUIRE(consumer->published(kControl, kHello));
  std::size_t acknowledged = 0;
  const auto missing = [&] {
    const auto all = consumer->received();
    const std::vector<Received> fresh(all.begin() + static_cast<std::ptrdiff_t>(acknowledged), all.end());
    acknowledged = all.size();
    if (!fresh.empty()) consumer->published(kControl, spooled(fresh));
    const auto have = payloads(all);
    return !std::includes(have.begin(), have.end(), confirmed.begin(), confirmed.end());
  };
  CHECK(eventually([&] { return !missing(); }, seconds(30)));
}

TEST_CASE_METHOD(Impatient, "a report that ingest loses comes again after the time-out") {
  const auto consumer = ingest();
  REQUIRE(consumer->published(kControl, kHello));
  const auto client = broker->connect(device.identity());
  REQUIRE(client->published(device.state(), "lost"));
  REQUIRE(eventually([&] { return consumer->received().size() == 2; }));
  CHECK(text(consumer->received()[0], "turnkey-replay").empty());
  CHECK(text(consumer->received()[1], "turnkey-replay") == "1");
  CHECK(text(consumer->received()[0], "turnkey-id") == text(consumer->received()[1], "turnkey-id"));
}

TEST_CASE_METHOD(Tight, "acknowledged ranges remove segments [S22]") {
  const auto consumer = ingest();
  const auto client = broker->connect(device.identity());
  for (int i = 0; i < 40; ++i) REQUIRE(client->published(device.state(), std::string(200, 'x')));
  REQUIRE(eventually([&] { return consumer->received().size() == 40; }));
  CHECK(broker->segment_files() > 4);
  REQUIRE(consumer->published(kControl, spooled(consumer->received())));
  CHECK(broker->segment_files() == 1);
}

TEST_CASE_METHOD(Tight, "a full journal refuses reports without a PUBACK that reads as success [S22]") {
  const auto consumer = ingest();
  const auto modern = broker->connect(device.identity());
  int accepted = 0;
  while (accepted < 100 && modern->published(device.state(), std::string(500, 'x'))) ++accepted;
  CHECK(accepted > 10);
  REQUIRE(accepted < 100);
  CHECK(modern->alive());
  const auto old = broker->connect(device.identity(4));
  const int mid = old->publish(device.state(), std::string(500, 'x'));
  CHECK(eventually([&] { return !old->alive(); }));
  CHECK_FALSE(old->puback(mid));
  CHECK(eventually([&] { return broker->log().find("the journal is full") != std::string::npos; }));
  REQUIRE(eventually([&] { return consumer->received().size() == static_cast<std::size_t>(accepted); }));
  CHECK(eventually([&] {
    return broker->metrics().find("reports_refused_total{reason=\"journal_full\"} 2") != std::string::npos;
  }));
  REQUIRE(consumer->published(kControl, spooled(consumer->received())));
  const auto again = broker->connect(device.identity(4));
  CHECK(again->published(device.state(), std::string(500, 'x')));
}

TEST_CASE("a journal that the system does not let grow refuses reports, and the broker lives [S22]") {
  Setup limited({}, {"/usr/bin/prlimit", "--fsize=20000"});
  const auto client = limited.broker->connect(limited.device.identity());
  int accepted = 0;
  while (accepted < 100 && client->published(limited.device.state(), std::string(1000, 'x'))) ++accepted;
  CHECK(accepted > 10);
  CHECK(accepted < 20);
  CHECK(limited.broker->running());
  CHECK(limited.broker->log().find("state reports are refused: ") != std::string::npos);
}
