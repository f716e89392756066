// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <csignal>

#include "core/random.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// A device that is connected, and somebody who watches it.
struct Scene {
  explicit Scene(core::Timestamp since = core::SystemClock().now() - 1h)
      : owner(s.person("admin")),
        device(s.device(owner.id, since)),
        path("/api/devices/" + device.serial + "/events"),
        stream(s.browser(owner), path) {
    REQUIRE(eventually([&] {
      session = s.broker->connect(device.device.identity());
      return session->connack() == 0;
    }));
    REQUIRE(eventually([&] { return !stream.events("presence").empty(); }));
  }
  bool report(const Json& body) { return session->published(device.device.state(), body.dump()); }
  static Json rpm(double value) { return {{"data", {{"rpm", value}}}}; }
  std::size_t states() { return stream.events("state").size(); }

  Stage& s = stage();
  Person owner;
  Stage::Owned device;
  std::string path;
  Stream stream;
  std::unique_ptr<broker::tests::MqttClient> session;
};

}  // namespace

TEST_CASE("a device's stream shows its declared attributes and whether it is there, at once") {
  Scene scene;
  CHECK(eventually([&] { return scene.stream.events("presence").back().data["connected"] == true; }));
  REQUIRE(scene.report({{"data", {{"rpm", 1500}, {"undeclared", 7}, {"register_button", true}}}}));
  CHECK(eventually([&] { return scene.states() == 1; }, 1s));
  const auto event = scene.stream.events("state")[0];
  CHECK(event.data["data"] == Json{{"rpm", 1500.0}});
  CHECK(event.data["time"].is_string());
  CHECK_FALSE(event.id.empty());
  CHECK(scene.stream.text().find("undeclared") == std::string::npos);
  scene.session.reset();
  CHECK(eventually([&] { return scene.stream.events("presence").back().data["connected"] == false; }));
  CHECK(scene.stream.text().find("Content-Type: text/event-stream") != std::string::npos);
}

TEST_CASE("S14 a stream shows nothing from before the hand-over: no late sample, no time of connection") {
  const auto since = core::SystemClock().now() - 10s;
  Scene scene(since);
  const auto before = core::to_iso(since - 1ms);
  REQUIRE(scene.report({{"data", {{"rpm", 1}}}, {"time", before}}));
  REQUIRE(scene.report({{"data", {{"rpm", 2}}}, {"time", core::to_iso(since)}}));
  CHECK(eventually([&] { return scene.states() == 1; }));
  CHECK(scene.stream.events("state")[0].data["data"]["rpm"] == 2.0);

  // A hand-over just now: the connection is older than that.
  Stage& s = scene.s;
  const auto next = s.person("admin");
  s.hand_over(scene.device, next.id);
  const auto handed_over_at = core::to_iso(core::SystemClock().now() - 2s);
  Stream theirs(s.browser(next), scene.path);
  REQUIRE(eventually([&] { return !theirs.events("presence").empty(); }));
  CHECK(theirs.events("presence")[0].data["at"].get<std::string>() > handed_over_at);
}

TEST_CASE("S11 a stream ends within a second of a hand-over, and nothing of after it was sent") {
  Scene scene;
  Stage& s = scene.s;
  REQUIRE(scene.report(Scene::rpm(1)));
  CHECK(eventually([&] { return scene.states() == 1; }));
  const auto next = s.person("admin");
  s.hand_over(scene.device, next.id);
  CHECK(eventually([&] { return scene.stream.ended(); }, 1s));
  REQUIRE(scene.report(Scene::rpm(2)));
  Stream theirs(s.browser(next), scene.path);
  REQUIRE(eventually([&] { return !theirs.events("presence").empty(); }));
  REQUIRE(scene.report(Scene::rpm(3)));
  CHECK(eventually([&] { return theirs.events("state").size() == 1; }));
  CHECK(scene.states() == 1);
}

TEST_CASE("S5 S11 a user who is signed out in mid-stream loses it within a second, others keep theirs") {
  Scene scene;
  Scene other;
  scene.s.sign_out(scene.owner);
  CHECK(eventually([&] { return scene.stream.ended(); }, 1s));
  REQUIRE(other.report(Scene::rpm(1)));
  CHECK(eventually([&] { return other.states() == 1; }));
  CHECK_FALSE(other.stream.ended());
}

TEST_CASE("what comes while a right is in doubt is held back, and is sent when the right still holds") {
  Scene scene;
  Stage& s = scene.s;
  REQUIRE(eventually([&] { return s.registry->asked("get_device") > 0; }));
  s.registry->hold(true);
  s.change(scene.owner, "admin");
  const int asked = s.registry->asked("get_session");
  CHECK(eventually([&] { return s.registry->asked("get_session") >= asked; }));
  REQUIRE(scene.report(Scene::rpm(1)));
  REQUIRE(scene.report(Scene::rpm(2)));
  CHECK_FALSE(eventually([&] { return scene.states() > 0; }, 300ms));
  s.registry->hold(false);
  CHECK(eventually([&] { return scene.states() == 2; }));
  CHECK(scene.stream.events("state")[0].data["data"]["rpm"] == 1.0);
  CHECK(scene.stream.events("state")[1].data["data"]["rpm"] == 2.0);

  s.registry->hold(true);
  s.hand_over(scene.device, s.person("admin").id);
  REQUIRE(scene.report(Scene::rpm(3)));
  CHECK_FALSE(eventually([&] { return scene.states() > 2; }, 300ms));
  s.registry->hold(false);
  CHECK(eventually([&] { return scene.stream.ended(); }));
  CHECK(scene.states() == 2);
}

TEST_CASE("the last who watches leaves while another comes: the other one still sees the device") {
  Scene scene;
  for (int i = 0; i < 20; ++i) {
    auto leaving = std::make_unique<Stream>(scene.s.browser(scene.owner), scene.path);
    REQUIRE(eventually([&] { return !leaving->events("presence").empty(); }));
    leaving.reset();
    Stream coming(scene.s.browser(scene.owner), scene.path);
    REQUIRE(eventually([&] { return !coming.events("presence").empty(); }));
    REQUIRE(scene.report(Scene::rpm(i)));
    CHECK(eventually([&] { return coming.events("state").size() == 1; }));
  }
}

TEST_CASE("after the broker's restart a device that is back is shown as connected") {
  Scene scene;
  Stage& s = scene.s;
  CHECK(eventually([&] { return scene.stream.events("presence").back().data["connected"] == true; }));
  s.broker->stop(SIGTERM);
  s.broker->start();
  CHECK(eventually([&] { return scene.stream.events("presence").back().data["connected"] == false; }));
  REQUIRE(eventually([&] {
    scene.session = s.broker->connect(scene.device.device.identity());
    return scene.session->connack() == 0;
  }));
  CHECK(eventually([&] { return scene.stream.events("presence").back().data["connected"] == true; }));
  REQUIRE(scene.report(Scene::rpm(1)));
  CHECK(eventually([&] { return scene.states() == 1; }));
}

TEST_CASE("a stream ends with its session, without anybody saying so") {
  Scene scene;
  Stage& s = scene.s;
  CHECK_FALSE(scene.stream.ended());
  s.clock.set(core::from_iso("2027-06-01T00:00:00.000Z").value());
  CHECK(eventually([&] { return scene.stream.ended(); }, 2s));
  s.clock.set(core::SystemClock().now());
}
