// SPDX-License-Identifier: Apache-2.0
// The whole service between a real broker and a real database.
#include <httplib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <pqxx/connection>
#include <pqxx/transaction>

#include "core/random.hpp"
#include "scene.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;
using namespace std::chrono_literals;

TEST_CASE("from the scan to the hand-over") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const Json opened = Scene::ok(scene.gateway.open(scene.anna, device.serial)).at("provisioning");
  const std::string id = opened.at("id");
  CHECK(opened.at("state") == "waiting");
  CHECK(opened.at("serial") == device.serial);
  CHECK(opened.at("presence").at("policy") == "press");
  CHECK(scene.windows_become(device, 1));
  CHECK(scene.ingest.windows(device.id) == std::vector<std::string>{id});
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "presence_not_proven");

  CHECK(scene.ingest.press(id));
  CHECK(scene.becomes(id, "proven"));
  const auto proven = scene.gateway.status(id);
  CHECK(proven.device_id.str() == device.id);
  CHECK(proven.user_id.str() == scene.anna);
  CHECK(proven.version == 2);
  CHECK(proven.provisioning.presence.proven_at);

  CHECK(scene.gateway.complete(scene.bert, id).error().code == core::ErrorCode::not_found);
  const Json done = Scene::ok(scene.gateway.complete(scene.anna, id));
  CHECK(done.at("device").at("name") == "Generator 4");
  CHECK(scene.becomes(id, "completed"));
  CHECK(scene.windows_become(device, 0));
  CHECK(Scene::ok(scene.gateway.complete(scene.anna, id)) == done);
  CHECK(scene.registry.assignments() == 1);
  const Json shown = Scene::ok(scene.gateway.get(scene.anna, id));
  CHECK(shown.at("provisioning").at("state") == "completed");
  CHECK(shown.at("deviceId") == device.id);
  CHECK(shown.at("version") == 3);

  const std::vector<std::string> life = {"provisioning.opened", "provisioning.refused", "provisioning.proven",
                                         "provisioning.completed"};
  eventually([&] { return scene.registry.acts(device.serial).size() >= life.size(); });
  auto acts = scene.registry.acts(device.serial);
  CHECK(acts == life);
}

TEST_CASE("a press is told at once") {
  Scene scene;
  scene.start();
  std::vector<std::chrono::microseconds> took;
  for (int round = 0; round < 21; ++round) {
    const auto id = scene.open_window(scene.anna, scene.registry.add({}));
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(scene.ingest.press(id));
    REQUIRE(eventually([&] { return scene.gateway.status(id).provisioning.state == "proven"; }));
    took.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
  }
  std::sort(took.begin(), took.end());
  INFO("median " << took[10].count() << " us, longest " << took[20].count() << " us");
  CHECK(took[10] < 250ms);
}

TEST_CASE("two users on one device each need their own number of presses [S9]") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto anna = scene.open_window(scene.anna, device);
  const auto bert = scene.open_window(scene.bert, device);
  REQUIRE(scene.windows_become(device, 2));
  REQUIRE(eventually([&] { return scene.gateway.status(anna).provisioning.presence.contended; }));
  REQUIRE(eventually([&] { return scene.gateway.status(bert).provisioning.presence.contended; }));
  const auto hers = scene.gateway.status(anna).provisioning.presence;
  const auto his = scene.gateway.status(bert).provisioning.presence;
  CHECK(hers.policy == "pattern");
  CHECK(his.policy == "pattern");
  REQUIRE(hers.required_presses != his.required_presses);

  // She presses; ingest tells each press to both.
  for (int i = 0; i < hers.required_presses; ++i) {
    const auto at = core::SystemClock().now();
    scene.ingest.press(anna, "press-" + std::to_string(i), at);
    scene.ingest.press(bert, "press-" + std::to_string(i), at);
  }
  CHECK(scene.becomes(anna, "proven"));
  CHECK(eventually([&] { return scene.gateway.status(bert).provisioning.reason == "wrong_pattern"; }));
  CHECK(scene.gateway.status(bert).provisioning.state == "waiting");
  const auto third = scene.gateway.open(core::random_hex_id(), device.serial);
  CHECK(scene.detail(third) == "device_busy");
  REQUIRE_FALSE(third);
  CHECK(third.error().retry_after.value_or(0s) > 200s);
  CHECK(scene.gateway.complete(scene.anna, anna));
  CHECK(scene.becomes(bert, "superseded"));
  CHECK(scene.windows_become(device, 0));
}

TEST_CASE("a window expires by itself and leaves nothing retained") {
  Scene scene;
  scene.start();
  PlayedDevice wanted;
  wanted.window_s = 1;
  const auto device = scene.registry.add(wanted);
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.windows_become(device, 1));
  CHECK(scene.becomes(id, "expired", 3s));
  CHECK(scene.windows_become(device, 0));
  CHECK(scene.ingest.press(id));
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "window_closed");
  CHECK(scene.gateway.status(id).provisioning.state == "expired");
  // Whoever subscribes now is told nothing.
  const auto late = scene.broker.connect(scene.broker.service("telemetry-ingest"));
  REQUIRE(late->subscribe("provisioning/windows/+") == 1);
  CHECK(late->received().empty());
}

TEST_CASE("cancelling closes the window") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  const auto cancel = [&](const std::string& user) {
    return scene.gateway.call("cancel", {{"actor", {{"userId", user}}}, {"id", id}});
  };
  CHECK(cancel(scene.bert).error().code == core::ErrorCode::not_found);
  CHECK(cancel(scene.anna));
  CHECK(scene.becomes(id, "cancelled"));
  CHECK(scene.windows_become(device, 0));
}

TEST_CASE("a release of the device ends its window") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  scene.registry.tell(device, "changed");
  scene.registry.tell(device, "released");
  CHECK(scene.becomes(id, "superseded"));
  CHECK(scene.gateway.status(id).provisioning.reason == "released");
}

TEST_CASE("S11 the deletion of the device ends its window, and nothing of it stays retained") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.windows_become(device, 1));
  scene.registry.tell(device, "deleted");
  CHECK(scene.becomes(id, "superseded"));
  CHECK(scene.gateway.status(id).provisioning.reason == "deleted");
  CHECK(scene.windows_become(device, 0));
}

TEST_CASE("a release that was taken back ends the windows that were opened in between") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  scene.registry.tell(device, "released");
  const auto id = scene.open_window(scene.anna, device);
  scene.registry.tell(device, "assigned");
  CHECK(scene.becomes(id, "superseded"));
}

TEST_CASE("wrong requests are named, and foreign ids are not found") {
  Scene scene;
  scene.start();
  const auto wrong = scene.gateway.call("open", {{"serial", "a/b"}});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == core::ErrorCode::invalid);
  CHECK(wrong.error().fields.size() == 3);
  CHECK(scene.gateway.open(scene.anna, "GEN-UNKNOWN").error().code == core::ErrorCode::not_found);
  CHECK(scene.gateway.get(scene.anna, "../../x").error().code == core::ErrorCode::not_found);
  CHECK(scene.gateway.get(scene.anna, core::random_hex_id()).error().code == core::ErrorCode::not_found);
}

TEST_CASE("identify has the device blink, under whichever root it listens") {
  broker::tests::CredentialsDatabase credentials;
  credentials.make_view();
  const auto hardware = broker::tests::Device::make();
  credentials.add(hardware);
  broker::tests::BrokerSettings settings;
  settings.database = credentials.broker_connection_string();
  Scene scene(settings);
  scene.start();
  PlayedDevice wanted;
  wanted.id = hardware.id;
  const auto device = scene.registry.add(wanted);
  std::unique_ptr<broker::tests::MqttClient> client;
  REQUIRE(eventually([&] {
    client = scene.broker.connect(hardware.identity());
    return client->connack() == 0;
  }));
  REQUIRE(client->subscribe(hardware.command()) == 1);
  const std::string other_root = "losant/" + hardware.id + "/command";
  REQUIRE(client->subscribe(other_root) == 1);
  const auto id = scene.open_window(scene.anna, device);
  const auto identify = [&] {
    return scene.gateway.call("identify", {{"actor", {{"userId", scene.anna}}}, {"id", id}});
  };
  CHECK(identify());
  REQUIRE(eventually([&] { return client->received_on(hardware.command()).size() == 1; }));
  const Json command = Json::parse(client->received_on(hardware.command())[0].payload);
  CHECK(command.at("name") == "identify");
  CHECK(command.at("payload") == Json{{"times", 3}});
  const auto expiry = client->received_on(hardware.command())[0].expiry_s;
  REQUIRE(expiry);
  CHECK(*expiry > 30);
  CHECK(*expiry <= 60);
  CHECK(eventually([&] { return client->received_on(other_root).size() == 1; }));
  CHECK(identify().error().code == core::ErrorCode::throttled);
}

TEST_CASE("a restart in mid-window keeps the state") {
  Scene scene;
  scene.start();
  PlayedDevice wanted;
  wanted.policy = "pattern";
  wanted.burst_pause_ms = 60'000;
  const auto device = scene.registry.add(wanted);
  const auto id = scene.open_window(scene.anna, device);
  CHECK(scene.ingest.press(id));
  REQUIRE(eventually([&] { return scene.gateway.status(id).provisioning.presence.presses == 1; }));
  const Json before = Scene::ok(scene.gateway.get(scene.anna, id));
  scene.app.reset();
  CHECK(scene.ingest.windows(device.id).size() == 1);
  scene.start();
  CHECK(Scene::ok(scene.gateway.get(scene.anna, id)) == before);
  CHECK(scene.ingest.press(id));
  CHECK(eventually([&] { return scene.gateway.status(id).provisioning.presence.presses == 2; }));
}

TEST_CASE("two replicas share the work and prove once") {
  Scene scene;
  scene.start();
  App second(scene.config("b"));
  const auto device = scene.registry.add({});
  for (int round = 0; round < 5; ++round) {
    const auto id = scene.open_window(scene.anna, device);
    REQUIRE(eventually([&] { return scene.ingest.windows(device.id) == std::vector<std::string>{id}; }));
    CHECK(scene.ingest.press(id));
    CHECK(scene.becomes(id, "proven"));
    CHECK(scene.gateway.status(id).version == 2);
  }
}

TEST_CASE("a broker that lost everything is told the windows again") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.windows_become(device, 1));
  scene.broker.stop(SIGKILL);
  scene.broker.start();
  const auto newcomer = [&] {
    const auto client = scene.broker.connect(scene.broker.service("telemetry-ingest"));
    client->subscribe("provisioning/windows/+");
    return eventually([&] { return !client->received().empty(); }, 200ms);
  };
  CHECK(eventually(newcomer, 20s));
  CHECK(eventually([&] { return scene.ingest.press(id); }, 20s));
  CHECK(scene.becomes(id, "proven", 20s));
}

TEST_CASE("a press that comes while the database is away proves when it is back") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.windows_become(device, 1));
  testing::Postgres::instance().stop_now();
  CHECK(scene.ingest.press(id));
  CHECK(scene.gateway.get(scene.anna, id).error().code == core::ErrorCode::unavailable);
  httplib::Client internal("127.0.0.1", scene.app->internal_port());
  const auto not_ready = internal.Get("/readyz");
  REQUIRE(not_ready);
  CHECK(not_ready->status == 503);
  testing::Postgres::instance().start_again();
  CHECK(scene.becomes(id, "proven", 20s));
}

TEST_CASE("the internal port tells readiness and the metrics of abuse [S26]") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  (void)scene.gateway.open(scene.anna, "GEN-UNKNOWN");
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.ingest.press(core::random_hex_id()));
  REQUIRE(scene.ingest.press(id));
  REQUIRE(scene.becomes(id, "proven"));
  httplib::Client internal("127.0.0.1", scene.app->internal_port());
  const auto ready = internal.Get("/readyz");
  REQUIRE(ready);
  CHECK(ready->status == 200);
  const auto metrics = internal.Get("/metrics");
  REQUIRE(metrics);
  for (const char* line :
       {"turnkey_provisioning_windows_opened_total 1", "turnkey_provisioning_failed_scans_total 1",
        "turnkey_provisioning_presses_without_window_total 1",
        "turnkey_provisioning_windows_without_press_total 0",
        "turnkey_provisioning_presses_total{effect=\"counted\"} 1",
        "turnkey_provisioning_outcomes_total{outcome=\"completed\"} 0",
        "turnkey_provisioning_windows_open 1"}) {
    CAPTURE(line);
    CHECK(metrics->body.find(line) != std::string::npos);
  }
}

TEST_CASE("a window without a press and one serial scanned by two are counted [S26]") {
  Scene scene;
  scene.start();
  PlayedDevice wanted;
  wanted.window_s = 1;
  const auto device = scene.registry.add(wanted);
  const auto id = scene.open_window(scene.anna, device);
  scene.open_window(scene.bert, device);
  CHECK(scene.becomes(id, "expired"));
  httplib::Client internal("127.0.0.1", scene.app->internal_port());
  const auto shows = [&](const std::string& line) {
    const auto metrics = internal.Get("/metrics");
    return metrics && metrics->body.find(line) != std::string::npos;
  };
  CHECK(eventually([&] { return shows("turnkey_provisioning_windows_without_press_total 2"); }));
  CHECK(shows("turnkey_provisioning_windows_contended_total 2"));
}

TEST_CASE("killed between the claim and the answer, it completes after the restart [S22]") {
  Scene scene;
  auto program = scene.run_program();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.ingest.press(id));
  REQUIRE(scene.becomes(id, "proven"));
  scene.registry.hold_answers(true);
  const auto lost = scene.gateway.complete(scene.anna, id, 1s);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == core::ErrorCode::unavailable);
  REQUIRE(scene.registry.assign_calls() >= 1);
  program->signal(SIGKILL);
  CHECK(program->wait() == 128 + SIGKILL);
  scene.registry.hold_answers(false);
  CHECK(scene.gateway.status(id).provisioning.state == "proven");
  program = scene.run_program();
  CHECK(scene.becomes(id, "completed", 30s));
  CHECK(scene.registry.assignments() == 1);
  CHECK(Scene::ok(scene.gateway.complete(scene.anna, id)).at("device").at("name") == "Generator 4");
  CHECK(scene.windows_become(device, 0));
  // What the killed program had taken to send comes when its lease is over.
  CHECK(eventually([&] { return scene.registry.acts(device.serial).size() >= 3; }, 30s));
  CHECK(scene.registry.acts(device.serial) ==
        std::vector<std::string>{"provisioning.opened", "provisioning.proven", "provisioning.completed"});
  program->signal(SIGTERM);
  CHECK(program->wait() == 0);
}

namespace {

// As somebody does who changes the windows of the device for long.
struct Holding {
  Holding(const std::string& database, const PlayedDevice& device)
      : connection(testing::Postgres::instance().admin_connection_string(database)) {
    lock.exec_params("select pg_advisory_xact_lock(hashtextextended($1, 0))", "device " + device.id);
  }
  pqxx::connection connection;
  pqxx::work lock{connection};
};

}  // namespace

TEST_CASE("a press does not wait for the windows of a device that is held up") {
  Scene scene;
  scene.start();
  constexpr int kOthers = 20;  // some share a lane with the one that is held up
  const auto held_up = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, held_up);
  std::vector<std::string> others;
  for (int i = 0; i < kOthers; ++i) others.push_back(scene.open_window(scene.anna, scene.registry.add({})));
  Holding holding(scene.database, held_up);
  CHECK(scene.ingest.press(id));
  for (const auto& other : others) CHECK(scene.ingest.press(other));
  const auto proven = [&] {
    return std::count_if(others.begin(), others.end(), [&](const auto& other) {
      return scene.gateway.status(other).provisioning.state == "proven";
    });
  };
  CHECK(eventually([&] { return proven() >= kOthers / 4; }, 5s));  // less than a statement may take
  CHECK(scene.gateway.status(id).provisioning.state == "waiting");
  holding.lock.abort();
  CHECK(scene.becomes(id, "proven"));
  CHECK(eventually([&] { return proven() == kOthers; }));
}

TEST_CASE("no burst is judged while presses wait for long, but for three seconds only") {
  Scene scene;
  scene.start();
  const auto held_up = scene.registry.add({});
  const auto held = scene.open_window(scene.anna, held_up);
  std::vector<std::string> others;  // one at least is in another lane
  for (int i = 0; i < 8; ++i) {
    PlayedDevice wanted;
    wanted.policy = "pattern";
    others.push_back(scene.open_window(scene.anna, scene.registry.add(wanted)));
  }
  Holding holding(scene.database, held_up);
  CHECK(scene.ingest.press(held));
  for (const auto& other : others) CHECK(scene.ingest.press(other));
  std::string id;
  REQUIRE(eventually([&] {
    for (const auto& other : others) {
      if (scene.gateway.status(other).provisioning.presence.presses == 1) id = other;
    }
    return !id.empty();
  }));
  const auto judged = [&] { return scene.gateway.status(id).provisioning.reason == "wrong_pattern"; };
  CHECK_FALSE(eventually(judged, 1500ms));
  CHECK(eventually(judged));
}
