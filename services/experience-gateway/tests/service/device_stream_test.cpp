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

TEST_CASE("who had more held back than can be kept is told to ask for the state, and sees the newest") {
  Scene scene;
  Stage& s = scene.s;
  REQUIRE(eventually([&] { return s.registry->asked("get_device") > 0; }));
  s.registry->hold(true);
  s.change(scene.owner, "admin");
  const auto from = core::SystemClock().now();
  int rpm = 0;
  for (int message = 0; message < 3; ++message) {
    Json reports = Json::array();
    for (int item = 0; item < 100; ++item, ++rpm)
      reports.push_back(
          {{"data", {{"rpm", rpm}}}, {"time", core::to_iso(from + std::chrono::milliseconds(rpm))}});
    REQUIRE(scene.report(reports));
  }
  CHECK_FALSE(eventually([&] { return scene.states() > 0; }, 300ms));
  CHECK(scene.stream.events("resync").empty());
  s.registry->hold(false);
  REQUIRE(eventually([&] {
    const auto states = scene.stream.events("state");
    return !states.empty() && states.back().data["data"]["rpm"] == 299.0;
  }));
  CHECK(scene.stream.events("resync").size() == 1);
  CHECK(scene.states() < 256);
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

TEST_CASE("a stream that was cut goes on after the event that was seen last, by header or by query") {
  Scene scene;
  REQUIRE(scene.report(Scene::rpm(1)));
  REQUIRE(eventually([&] { return scene.states() == 1; }));
  const auto seen = scene.stream.events("state")[0].id;
  REQUIRE(scene.report(Scene::rpm(2)));
  REQUIRE(scene.report(Scene::rpm(3)));
  REQUIRE(eventually([&] { return scene.states() == 3; }));
  Stream by_header(scene.s.browser(scene.owner), scene.path, "Last-Event-ID: " + seen + "\r\n");
  Stream by_query(scene.s.browser(scene.owner), scene.path + "?lastEventId=" + seen);
  for (Stream* stream : {&by_header, &by_query}) {
    REQUIRE(eventually([&] { return stream->events("state").size() == 2; }));
    CHECK(stream->events("state")[0].data["data"]["rpm"] == 2.0);
    CHECK(stream->events("state")[1].data["data"]["rpm"] == 3.0);
    CHECK(stream->events("resync").empty());
  }
}

TEST_CASE("what is reported while nobody watches for a moment is not lost to the one who is back") {
  Scene scene;
  Stage& s = scene.s;
  const auto alone = s.device(scene.owner.id, core::SystemClock().now() - 1h);
  const auto path = "/api/devices/" + alone.serial + "/events";
  std::unique_ptr<broker::tests::MqttClient> session;
  REQUIRE(eventually([&] {
    session = s.broker->connect(alone.device.identity());
    return session->connack() == 0;
  }));
  const auto report = [&](double rpm) {
    REQUIRE(session->published(alone.device.state(), Scene::rpm(rpm).dump()));
  };
  std::string seen;
  {
    Stream cut(s.browser(scene.owner), path);
    REQUIRE(eventually([&] { return !cut.events("presence").empty(); }));
    report(1);
    REQUIRE(eventually([&] { return cut.events("state").size() == 1; }));
    seen = cut.events("state")[0].id;
  }
  report(2);
  Stream back(s.browser(scene.owner), path + "?lastEventId=" + seen);
  REQUIRE(eventually([&] { return back.events("state").size() == 1; }));
  CHECK(back.events("state")[0].data["data"]["rpm"] == 2.0);
  CHECK(back.events("resync").empty());
}

TEST_CASE("who cannot go on where he was is told to ask for the state") {
  Scene scene;
  Stream lost(scene.s.browser(scene.owner), scene.path, "Last-Event-ID: long-ago.0\r\n");
  REQUIRE(eventually([&] { return !lost.events("presence").empty(); }));
  CHECK(lost.events("resync").size() == 1);
  CHECK(scene.stream.events("resync").empty());
}

TEST_CASE("S14 going on where the former owner was shows the next one nothing from before the hand-over") {
  Scene scene;
  REQUIRE(scene.report(Scene::rpm(1)));
  REQUIRE(eventually([&] { return scene.states() == 1; }));
  const auto seen = scene.stream.events("state")[0].id;
  REQUIRE(scene.report(Scene::rpm(2)));
  REQUIRE(eventually([&] { return scene.states() == 2; }));
  const auto next = scene.s.person("admin");
  scene.s.hand_over(scene.device, next.id);
  Stream theirs(scene.s.browser(next), scene.path, "Last-Event-ID: " + seen + "\r\n");
  REQUIRE(eventually([&] { return !theirs.events("presence").empty(); }));
  CHECK(theirs.events("state").empty());
}
