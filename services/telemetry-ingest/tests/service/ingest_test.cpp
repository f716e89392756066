// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "outbound/housekeeping.hpp"
#include "service/ingest_setup.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace turnkey::ingest::tests;
using namespace std::chrono_literals;
using broker::tests::MqttClient;
using contracts::Json;
using testing::eventually;

namespace {

struct Running : Setup {
  App app{config()};
  std::unique_ptr<MqttClient> sender;
  Running() {
    REQUIRE(eventually([&] { return get(app.internal_port(), "/readyz").starts_with("200"); }));
    REQUIRE(eventually([&] {
      return get(app.internal_port(), "/metrics").find("turnkey_ingest_devices_known 2") != std::string::npos;
    }));
    sender = broker->connect(device.identity());
  }
  int stored() { return number("select value from counters where name = 'stored'"); }
};

struct WithWindows : Running {
  bus::Client provisioning{options("provisioning")};
  std::unique_ptr<MqttClient> listener = broker->connect(broker->service("experience-gateway"));
  core::Timestamp now = core::SystemClock().now();

  WithWindows() {
    provisioning.start();
    REQUIRE(provisioning.wait_connected(10s));
    auto watcher = broker->service("experience-gateway");
    watcher.client_id = "experience-gateway-watcher";
    listener = broker->connect(watcher);
    REQUIRE(listener->subscribe("provisioning/+/press") == 1);
  }
  contracts::Window window(core::Millis from = -60s, core::Millis until = 240s) const {
    return {core::ProvisioningId::random(), now + from, now + until};
  }
  void open(const Device& one, std::vector<contracts::Window> windows) {
    const auto id = *core::DeviceId::parse(one.id);
    bus::Publication publication;
    publication.topic = contracts::topics::windows(id);
    publication.payload = contracts::encode_windows({id, "register_button", std::move(windows)});
    publication.retain = true;
    REQUIRE(provisioning.publish_and_wait(publication, 5s));
  }
  std::size_t presses_on(const contracts::Window& window) const {
    return listener->received_on(contracts::topics::press(window.provisioning_id)).size();
  }
};

const std::string kPressed = R"({"data":{"register_button":true,"power":12.5}})";

}  // namespace

TEST_CASE_METHOD(Running, "a report becomes history, the latest value and a counted report") {
  REQUIRE(sender->published(device.state(),
                            R"({"data":{"power":12.5,"running":true,"state":"on","nonsense":1}})"));
  REQUIRE(sender->published("losant/" + device.id + "/state", R"({"data":{"power":13.5}})"));
  REQUIRE(sender->published(device.state(), "not json"));
  REQUIRE(eventually([&] { return stored() == 2; }));

  const auto latest = ask("latest", {{"devices", {{{"deviceId", device.id}}, {{"deviceId", other.id}}}}});
  REQUIRE(latest);
  const Json& mine = latest->at("items").at(0);
  CHECK(mine.at("latest").at("power").at("value") == 13.5);
  CHECK(mine.at("latest").at("running").at("value") == true);
  CHECK(mine.at("latest").at("state").at("value") == "on");
  CHECK(mine.contains("lastSeenAt"));
  CHECK(latest->at("items").at(1).at("latest").empty());

  const auto history =
      ask("history", {{"deviceId", device.id}, {"attributes", {"power", "state"}}, {"points", 1}});
  REQUIRE(history);
  const Json& power = history->at("attributes").at("power");
  CHECK(power.at("type") == "number");
  CHECK(power.at("unit") == "kW");
  REQUIRE(power.at("points").size() == 1);
  CHECK(power.at("points")[0][1] == 12.5);
  CHECK(power.at("points")[0][2] == 13);
  CHECK(power.at("points")[0][3] == 13.5);
  CHECK(power.at("points")[0][4] == 2);
  CHECK(history->at("attributes").at("state").at("last") == Json{"on"});
  CHECK_FALSE(history->at("attributes").contains("running"));
  CHECK(history->at("behindSeconds").get<int>() < 10);

  const auto hidden =
      ask("history", {{"deviceId", device.id}, {"since", core::to_iso(core::SystemClock().now() + 1h)}});
  REQUIRE(hidden);
  CHECK(hidden->at("attributes").at("power").at("points").empty());

  REQUIRE(eventually([&] { return ask("counters", Json::object())->at("received") == 3; }));
  const auto counters = ask("counters", Json::object());
  REQUIRE(counters);
  CHECK(counters->at("stored") == 2);
  CHECK(counters->at("duplicate") == 0);
  CHECK(counters->at("missing") == 0);
  CHECK(counters->at("refused") == Json{{"not_json", 1}});
  CHECK(counters->at("valuesRefused") == Json{{"undeclared", 1}});
  CHECK(get(app.internal_port(), "/metrics").find("outcome=\"stored\"") != std::string::npos);
}

TEST_CASE_METHOD(Running, "requests that are not right are refused with every wrong field") {
  const auto fields = [&](const std::string& method, const Json& request) {
    const auto answer = ask(method, request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == core::ErrorCode::invalid);
    return answer.error().fields.size();
  };
  CHECK(fields("latest", {{"devices", Json::array()}}) == 1);
  CHECK(fields("latest", {{"devices", {{{"deviceId", "x"}}, {{"since", 1}}}}}) >= 3);
  CHECK(fields("history", {{"deviceId", device.id}, {"attributes", {"power", "no", "not"}}}) == 2);
  CHECK(fields("history", {{"deviceId", device.id}, {"points", 2001}}) == 1);
  CHECK(fields("history", {{"deviceId", device.id}, {"points", 0}, {"from", "yesterday"}}) == 2);
  CHECK(fields("connections", {{"deviceId", device.id}, {"limit", 0}}) == 1);
  CHECK(fields("recent_presses", {{"windows", {{{"deviceId", "x"}}}}}) >= 3);
  CHECK(ask("history", {{"deviceId", core::random_hex_id()}}).error().code == core::ErrorCode::not_found);
}

TEST_CASE_METHOD(Running, "connections are logged, and the device was last seen then") {
  sender->disconnect();
  const auto connections = [&] { return ask("connections", {{"deviceId", device.id}, {"limit", 10}}); };
  REQUIRE(eventually([&] {
    const auto all = connections();
    return all && all->at("items").size() >= 2 && all->at("items")[0].at("connected") == false;
  }));
  CHECK(connections()->at("items")[1].at("connected") == true);
  const auto latest = ask("latest", {{"devices", {{{"deviceId", device.id}}}}});
  REQUIRE(latest);
  CHECK(latest->at("items")[0].at("lastSeenAt") == connections()->at("items")[0].at("at"));
}

TEST_CASE_METHOD(Running, "reports of a device that was registered a moment ago wait until it is known") {
  auto early = broker->connect(unknown.identity());
  REQUIRE(early->published(unknown.state(), R"({"data":{"power":1}})"));
  REQUIRE(sender->published(device.state(), R"({"data":{"power":1}})"));
  REQUIRE(eventually([&] { return stored() == 1; }));
  registry->announce(unknown);
  CHECK(eventually([&] { return stored() == 2; }));
  CHECK(ask("counters", Json::object())->at("refused").empty());
}

TEST_CASE_METHOD(
    Running, "S23 a deleted device's reports are refused as unknown at once, and what it left is erased") {
  REQUIRE(sender->published(device.state(), R"({"data":{"power":1}})"));
  auto staying = broker->connect(other.identity());
  REQUIRE(staying->published(other.state(), R"({"data":{"power":2}})"));
  REQUIRE(eventually([&] { return stored() == 2; }));
  registry->remove(device);
  REQUIRE(eventually([&] {
    return ask("history", {{"deviceId", device.id}}).has_value() == false &&
           number("select count(*) from devices where deleted") == 1;
  }));
  REQUIRE(sender->published(device.state(), R"({"data":{"power":3}})"));
  CHECK(eventually(
      [&] {
        return ask("counters", Json::object())->at("refused") == Json{{"unknown_device", 1}};
      },
      5s));
  const core::SystemClock clock;
  Housekeeping(*pool, clock, 400).every_minute();
  sender->disconnect();  // what the broker says of it later is not kept either
  staying->disconnect();
  REQUIRE(eventually([&] {
    return ask("connections", {{"deviceId", other.id}, {"limit", 1}})->at("items")[0].at("connected") ==
           false;
  }));
  for (const char* table : {"connections", "device_status", "recent_presses"}) {
    INFO(table);
    CHECK(number(std::string("select count(*) from ") + table + " where device_id = '" + device.id + "'") ==
          0);
  }
  const std::string of_device = " join devices d using (device_key) where d.device_id = '" + device.id + "'";
  CHECK(number("select count(*) from samples" + of_device) == 0);
  CHECK(number("select count(*) from latest" + of_device) == 0);
  CHECK(ask("history", {{"deviceId", device.id}}).error().code == core::ErrorCode::not_found);
  CHECK(ask("latest", {{"devices", {{{"deviceId", device.id}}}}})->at("items")[0].at("latest").empty());
  CHECK(ask("latest", {{"devices", {{{"deviceId", other.id}}}}})
            ->at("items")[0]
            .at("latest")
            .at("power")
            .at("value") == 2);
}

TEST_CASE_METHOD(Running, "S23 a deletion that was missed is learnt from the registry's table") {
  REQUIRE(sender->published(device.state(), R"({"data":{"power":1}})"));
  REQUIRE(eventually([&] { return stored() == 1; }));
  registry->remove(device, false);
  auto stranger = broker->connect(unknown.identity());  // who is unknown makes it ask
  REQUIRE(stranger->published(unknown.state(), R"({"data":{"power":1}})"));
  CHECK(eventually([&] { return !ask("history", {{"deviceId", device.id}}); }));
}

TEST_CASE_METHOD(Running, "a rolled out recipe counts from the next report on") {
  REQUIRE(sender->published(device.state(), R"({"data":{"oil":1,"power":1}})"));
  REQUIRE(eventually([&] { return stored() == 1; }));
  registry->roll_out(device, {{"oil", contracts::AttributeType::number, "l"}});
  REQUIRE(eventually([&] {
    const auto history = ask("history", {{"deviceId", device.id}});
    return history && history->at("attributes").contains("oil");
  }));
  REQUIRE(sender->published(device.state(), R"({"data":{"oil":7,"power":2}})"));
  REQUIRE(eventually([&] { return stored() == 2; }));
  const auto latest = ask("latest", {{"devices", {{{"deviceId", device.id}}}}});
  REQUIRE(latest);
  CHECK(latest->at("items")[0].at("latest").at("oil").at("value") == 7);
  CHECK_FALSE(latest->at("items")[0].at("latest").contains("power"));
}

TEST_CASE_METHOD(Running,
                 "the beginning of a fault is told to the registry, once, and again when it was away") {
  using contracts::AttributeType;
  registry->roll_out(device, {{"power", AttributeType::number, "kW"}, {"fault", AttributeType::number}},
                     "fault");
  REQUIRE(eventually([&] {
    const auto history = ask("history", {{"deviceId", device.id}});
    return history && history->at("attributes").contains("fault");
  }));
  for (const char* report : {R"({"data":{"fault":0}})", R"({"data":{"fault":17,"power":1}})",
                             R"({"data":{"fault":17}})", R"({"data":{"power":2}})"})
    REQUIRE(sender->published(device.state(), report));
  REQUIRE(eventually([&] { return registry->faults().size() == 1; }));
  CHECK(registry->faults()[0].at("deviceId") == device.id);
  CHECK(registry->faults()[0].at("attribute") == "fault");
  CHECK(registry->faults()[0].at("value") == 17);
  registry = nullptr;
  REQUIRE(sender->published(device.state(), R"({"data":{"fault":0}})"));
  REQUIRE(sender->published(device.state(), R"({"data":{"fault":18}})"));
  REQUIRE(eventually([&] { return number("select count(*) from outbox") == 1; }));
  registry = std::make_unique<PlayedRegistry>(options("registry"), std::vector<Device>{device, other});
  REQUIRE(eventually([&] { return registry->faults().size() == 1; }, 30s));
  CHECK(registry->faults()[0].at("value") == 18);
  REQUIRE(eventually([&] { return number("select count(*) from outbox") == 0; }));
}

TEST_CASE_METHOD(
    WithWindows,
    "a press reaches exactly the topic of each open window, at once, and nothing else does [S13]") {
  const auto one = window();
  const auto two = window();
  const auto ended = window(-600s, -300s);
  const auto to_come = window(60s, 300s);
  const auto of_other = window();
  open(device, {one, two, ended, to_come});
  open(other, {of_other});
  REQUIRE(sender->published(device.state(), R"({"data":{"power":12.5}})"));
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(sender->published(device.state(), kPressed));
  REQUIRE(eventually([&] { return presses_on(one) == 1 && presses_on(two) == 1; }));
  const auto took = std::chrono::steady_clock::now() - began;
  WARN("press to subscriber: " << std::chrono::duration_cast<std::chrono::microseconds>(took).count()
                               << " us");
  CHECK((took < 100ms));
  REQUIRE(eventually([&] { return stored() == 2; }));
  const auto all = listener->received();
  CHECK(all.size() == 2);
  for (const auto& message : all) {
    const auto press = contracts::decode_press(message.payload);
    REQUIRE(press);
    CHECK(press->count == 1);
    CHECK(press->press_id.ends_with("#0"));
    CHECK(Json::parse(message.payload).size() == 3);
    CHECK_FALSE(message.retained);
  }
}

TEST_CASE_METHOD(WithWindows, "a retained press, one before the window and a release prove nothing [S8]") {
  const auto one = window(1h, 2h);
  open(device, {one});
  sender->publish(device.state(), kPressed, 1);
  const auto now_open = window();
  open(other, {now_open});
  auto second = broker->connect(other.identity());
  second->publish(other.state(), kPressed, 1, true);
  second->publish(other.state(), R"({"data":{"register_button":false}})");
  REQUIRE(second->published(other.state(), kPressed));
  REQUIRE(eventually([&] { return presses_on(now_open) == 1; }));
  REQUIRE(eventually([&] { return stored() == 4; }));
  CHECK(listener->received().size() == 1);
}

TEST_CASE_METHOD(WithWindows,
                 "provisioning asks for the presses of the last hour, also after a restart of ingest") {
  REQUIRE(sender->published(device.state(), kPressed));
  REQUIRE(eventually([&] { return stored() == 1; }));
  const auto one = window();
  const Json request = {{"windows",
                         {{{"provisioningId", one.provisioning_id.str()},
                           {"deviceId", device.id},
                           {"startedAt", core::to_iso(one.started_at)},
                           {"expiresAt", core::to_iso(one.expires_at)},
                           {"registerAttribute", "register_button"}}}}};
  const auto first = ask("recent_presses", request);
  REQUIRE(first);
  REQUIRE(first->at("items").size() == 1);
  CHECK(first->at("items")[0].at("provisioningId") == one.provisioning_id.str());
  CHECK(first->at("items")[0].at("count") == 1);
}

TEST_CASE("the presses of the last hour come back from the database") {
  Setup setup;
  auto app = std::make_unique<App>(setup.config());
  auto sender = setup.broker->connect(setup.device.identity());
  REQUIRE(sender->published(setup.device.state(), kPressed));
  REQUIRE(eventually([&] { return setup.number("select count(*) from recent_presses") == 1; }));
  app.reset();
  app = std::make_unique<App>(setup.config());
  const auto now = core::SystemClock().now();
  const Json request = {{"windows",
                         {{{"provisioningId", core::random_hex_id()},
                           {"deviceId", setup.device.id},
                           {"startedAt", core::to_iso(now - 1min)},
                           {"expiresAt", core::to_iso(now + 1min)}}}}};
  CHECK(eventually([&] {
    const auto answer = setup.ask("recent_presses", request);
    return answer && answer->at("items").size() == 1;
  }));
}

TEST_CASE(
    "a press that was made while ingest was away is told when it is back, once, also after further restarts "
    "[S8]") {
  Setup setup({"plugin_opt_replay_timeout_ms 500"});
  auto app = std::make_unique<App>(setup.config());
  REQUIRE(eventually([&] { return setup.number("select count(*) from devices") == 2; }));
  app.reset();
  auto watcher_identity = setup.broker->service("experience-gateway");
  watcher_identity.client_id = "experience-gateway-watcher";
  const auto watcher = setup.broker->connect(watcher_identity);
  REQUIRE(watcher->subscribe("provisioning/+/press") == 1);
  bus::Client provisioning(setup.options("provisioning"));
  provisioning.start();
  REQUIRE(provisioning.wait_connected(10s));
  const auto id = *core::DeviceId::parse(setup.device.id);
  const auto now = core::SystemClock().now();
  bus::Publication windows;
  windows.topic = contracts::topics::windows(id);
  windows.retain = true;
  windows.payload = contracts::encode_windows(
      {id, "register_button", {{core::ProvisioningId::random(), now - 1min, now + 4min}}});
  REQUIRE(provisioning.publish_and_wait(windows, 5s));
  REQUIRE(setup.broker->connect(setup.device.identity())->published(setup.device.state(), kPressed));
  app = std::make_unique<App>(setup.config());
  REQUIRE(eventually([&] { return watcher->received().size() == 1; }));
  REQUIRE(eventually([&] { return setup.number("select count(*) from recent_presses") == 1; }));
  app.reset();
  app = std::make_unique<App>(setup.config());
  REQUIRE(eventually([&] { return Setup::get(app->internal_port(), "/readyz").starts_with("200"); }));
  // What is published after the restart arrives after whatever the restart would have told again.
  REQUIRE(setup.broker->connect(setup.device.identity())->published(setup.device.state(), kPressed));
  REQUIRE(eventually([&] { return setup.number("select count(*) from recent_presses") == 2; }));
  REQUIRE(eventually([&] { return watcher->received().size() >= 2; }));
  std::set<std::string> ids;
  for (const auto& message : watcher->received())
    ids.insert(contracts::decode_press(message.payload)->press_id);
  CHECK(ids.size() == 2);
}
