// SPDX-License-Identifier: Apache-2.0
// The stage of the light through a real broker: what the device is told, and what nobody else is.
#include <csignal>

#include "domain/rules.hpp"
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

broker::tests::BrokerSettings settings_with(const broker::tests::CredentialsDatabase& credentials) {
  broker::tests::BrokerSettings settings;
  settings.database = credentials.broker_connection_string();
  return settings;
}

// Somebody who hears what the services say to each other.
struct Eavesdropper {
  explicit Eavesdropper(const broker::tests::TestBroker& broker) {
    auto identity = broker.service("experience-gateway");
    identity.client_id = "experience-gateway-ear";
    client = broker.connect(identity);
    REQUIRE(client->subscribe("provisioning/+/status") == 1);
  }
  std::unique_ptr<broker::tests::MqttClient> client;
};

struct BlinkScene : Scene {
  BlinkScene() : BlinkScene(prepared()) {}

  // A device with a light that is connected and hears its commands.
  void connect() {
    REQUIRE(eventually([&] {
      client = broker.connect(hardware.identity());
      return client->connack() == 0;
    }));
    REQUIRE(client->subscribe(hardware.command()) == 1);
  }
  std::vector<broker::tests::Received> commands() const { return client->received_on(hardware.command()); }
  bool commands_become(std::size_t count) {
    return eventually([&] { return commands().size() == count; }, 10s);
  }
  // What the person in front of the device counts.
  int blinks_seen() const {
    return Json::parse(commands().back().payload).at("payload").at("times").get<int>();
  }

  std::string pressed() {
    PlayedDevice wanted;
    wanted.id = hardware.id;
    wanted.blink_check = true;
    const auto id = open_window(anna, registry.add(wanted));
    REQUIRE(ingest.press(id));
    return id;
  }
  // Connected, pressed, and told how often to blink.
  std::string asked_to_count() {
    connect();
    const auto id = pressed();
    REQUIRE(commands_become(1));
    return id;
  }
  core::Result<Json> answer(const std::string& id, int count, int tries) {
    return gateway.call("answer_blinks",
                        {{"actor", {{"userId", anna}}}, {"id", id}, {"count", count}, {"tries", tries}});
  }
  core::Result<Json> identify(const std::string& id) {
    return gateway.call("identify", {{"actor", {{"userId", anna}}}, {"id", id}});
  }

  std::shared_ptr<broker::tests::CredentialsDatabase> credentials;
  broker::tests::Device hardware = broker::tests::Device::make();
  std::unique_ptr<broker::tests::MqttClient> client;

 private:
  static std::shared_ptr<broker::tests::CredentialsDatabase> prepared() {
    auto made = std::make_shared<broker::tests::CredentialsDatabase>();
    made->make_view();
    return made;
  }
  explicit BlinkScene(std::shared_ptr<broker::tests::CredentialsDatabase> made)
      : Scene(settings_with(*made)), credentials(std::move(made)) {
    credentials->add(hardware);
  }
};

}  // namespace

TEST_CASE("S9 the device alone is told how often to blink, and who counts right has proven presence") {
  BlinkScene scene;
  scene.start();
  const Eavesdropper ear(scene.broker);
  const auto id = scene.asked_to_count();
  const Json command = Json::parse(scene.commands()[0].payload);
  CHECK(command.at("name") == "identify");
  CHECK(command.at("payload").size() == 1);
  const int first = scene.blinks_seen();
  CHECK(first >= kFewestBlinks);
  CHECK(first <= kMostBlinks);
  const auto expiry = scene.commands()[0].expiry_s;
  REQUIRE(expiry);
  CHECK(*expiry > 30);
  CHECK(*expiry <= 60);
  CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "presence_not_proven");

  const int wrong = first == kFewestBlinks ? kMostBlinks : kFewestBlinks;
  const Json told = Scene::ok(scene.answer(id, wrong, 5)).at("provisioning");
  CHECK(told.at("reason") == "wrong_blinks");
  CHECK(told.at("state") == "waiting");
  CHECK_FALSE(told.at("presence").contains("blink"));
  CHECK(Scene::ok(scene.answer(id, wrong, 5)).at("provisioning") == told);  // its answer was lost: no error
  CHECK(scene.detail(scene.answer(id, wrong, 4)) == "presence_not_proven");
  CHECK(scene.commands().size() == 1);
  REQUIRE(scene.ingest.press(id));
  REQUIRE(scene.commands_become(2));
  CHECK(scene.gateway.status(id).provisioning.presence.blink->tries == 4);
  CHECK(Scene::ok(scene.answer(id, scene.blinks_seen(), 4)).at("provisioning").at("state") == "proven");
  CHECK(scene.becomes(id, "proven"));
  CHECK(scene.gateway.complete(scene.anna, id));
  CHECK(scene.becomes(id, "completed"));
  // The statuses say that it was asked, and nothing that has the number.
  REQUIRE(eventually([&] { return ear.client->received().size() >= 6; }));
  for (const auto& heard : ear.client->received()) {
    INFO(heard.payload);
    const Json presence = Json::parse(heard.payload).at("presence");
    if (presence.contains("blink")) {
      CHECK(presence.at("blink").size() == 2);
      CHECK(presence.at("blink").contains("askedAt"));
    }
    CHECK(heard.payload.find("times") == std::string::npos);
    CHECK(heard.payload.find("\"blinks\"") == std::string::npos);
  }
  CHECK(scene.commands().size() == 2);
}

TEST_CASE("blinking again is the same number, and each command is told once") {
  BlinkScene scene;
  scene.start();
  const auto id = scene.asked_to_count();
  const int asked = scene.blinks_seen();
  REQUIRE(eventually([&] { return scene.identify(id).has_value(); }, 10s));
  REQUIRE(scene.commands_become(2));
  CHECK(scene.blinks_seen() == asked);
  CHECK(scene.commands()[0].payload != scene.commands()[1].payload);  // by its time
  CHECK(eventually([&] { return scene.gateway.status(id).version == 3; }));
  CHECK(scene.gateway.status(id).provisioning.presence.blink->tries == 5);
}

TEST_CASE("a restart while the light is counted keeps the question and its number") {
  BlinkScene scene;
  scene.start();
  const auto id = scene.asked_to_count();
  const int asked = scene.blinks_seen();
  const Json before = Scene::ok(scene.gateway.get(scene.anna, id));
  scene.app.reset();
  scene.start();
  CHECK(Scene::ok(scene.gateway.get(scene.anna, id)) == before);
  CHECK(scene.identify(id));
  REQUIRE(scene.commands_become(2));
  CHECK(scene.blinks_seen() == asked);
  CHECK(Scene::ok(scene.answer(id, asked, 5)).at("provisioning").at("state") == "proven");
}

TEST_CASE("S9 the log of the service says nothing of how often the light blinks") {
  BlinkScene scene;
  const auto program = scene.run_program();
  const auto id = scene.asked_to_count();
  REQUIRE(scene.answer(id, scene.blinks_seen(), 5));
  CHECK(scene.becomes(id, "proven"));
  program->signal(SIGTERM);
  CHECK(program->wait() == 0);
  CHECK(scene.log().find("times") == std::string::npos);
  CHECK(scene.log().find("count") == std::string::npos);
}

TEST_CASE("answers about the light that cannot be one are named field by field, and count for nothing") {
  BlinkScene scene;
  scene.start();
  const auto id = scene.asked_to_count();
  for (const auto& [count, tries] : {std::pair(1, 5), std::pair(6, 5), std::pair(3, 0), std::pair(3, 6)}) {
    const auto refused = scene.answer(id, count, tries);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::ErrorCode::invalid);
    CHECK(refused.error().fields.size() == 1);
  }
  CHECK(scene.gateway.status(id).provisioning.presence.blink->tries == 5);
}
