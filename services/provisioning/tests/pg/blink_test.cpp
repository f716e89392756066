// SPDX-License-Identifier: Apache-2.0
// The stage of the light on a real database: what is kept, what is told, and who wins.
#include "domain/rules.hpp"
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

struct BlinkScene : Scene {
  Provisioning asked(const core::UserId& user, const Device& device) {
    const auto window = proven(user, device);
    REQUIRE(window.blinking());
    return window;
  }
  Provisioning asked() { return asked(anna, registry.add(Policy::press, true)); }
  core::Result<Provisioning> answer(const Provisioning& window, int count, int tries) {
    return answer_blinks(world, window.user, window.id, {count, tries});
  }
  core::Result<Provisioning> wrong(const Provisioning& window) {
    auto current = now(window);
    if (!current.blinking()) {  // an answer costs a press
      press(window);
      current = now(window);
    }
    return answer(window, current.blinks == 2 ? 3 : 2, tries_left(current));
  }
  std::vector<contracts::Json> told(const std::string& kind) {
    return pool.transaction([&](pqxx::work& tx) {
      std::vector<contracts::Json> all;
      for (const auto& row : tx.exec_params("select payload from outbox where kind = $1 order by id", kind))
        all.push_back(contracts::Json::parse(row[0].as<std::string>()));
      return all;
    });
  }
};

}  // namespace

TEST_CASE("the light's number is kept, and its row comes back as it went in") {
  BlinkScene scene;
  const auto window = scene.asked();
  CHECK(window.device.blink_check);
  CHECK(window.blinks >= kFewestBlinks);
  CHECK(window.identified_at == kStart);
  CHECK(window.state == State::waiting);
  CHECK_FALSE(scene.now(scene.opened(scene.anna, scene.registry.add())).device.blink_check);
}

TEST_CASE("S9 the command to blink waits in the same transaction, and no line says how often") {
  BlinkScene scene;
  const auto window = scene.asked();
  const auto lines = scene.told("blink");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == contracts::Json{{"provisioningId", window.id.str()}, {"askedAt", core::to_iso(kStart)}});
  const auto statuses = scene.told("status");
  REQUIRE(statuses.size() == 2);
  CHECK(statuses[1].at("presence").at("blink") ==
        contracts::Json{{"askedAt", core::to_iso(kStart)}, {"tries", 5}});
  CHECK(statuses[1].at("state") == "waiting");
  CHECK(scene.told("ledger").back().at("act") == "provisioning.blink_asked");
  CHECK(scene.told("ledger").back().at("detail") == contracts::Json::object());
  scene.clock.advance(3s);
  REQUIRE(scene.wrong(window));
  CHECK(scene.told("blink").size() == 1);
  const auto listening = scene.told("status").back();
  CHECK(listening.at("state") == "waiting");
  CHECK(listening.at("reason") == "wrong_blinks");
  CHECK_FALSE(listening.at("presence").contains("blink"));
  CHECK(listening.at("presence").at("presses") == 0);
  CHECK(scene.told("ledger").back().at("detail") == contracts::Json{{"reason", "wrong_blinks"}});
  scene.clock.advance(1s);
  scene.press(window);
  CHECK(scene.told("blink").back().at("askedAt") == core::to_iso(kStart + 4s));
  CHECK(scene.told("status").back().at("presence").at("blink").at("tries") == 4);
}

TEST_CASE("a wrong answer is kept over the press that follows") {
  BlinkScene scene;
  const auto window = scene.asked();
  REQUIRE(scene.wrong(window));
  const auto listening = scene.now(window);
  CHECK(listening.listens());
  CHECK(listening.wrong_bursts == 1);
  CHECK(listening.counts_from == kStart);
  CHECK_FALSE(listening.last_press_at);
  scene.press(window);
  CHECK(scene.now(window).blinking());
}

TEST_CASE("S6 the order of steps is kept with the light too: press, count, complete") {
  BlinkScene scene;
  const auto device = scene.registry.add(Policy::press, true);
  const auto window = scene.opened(scene.anna, device);
  CHECK(scene.answer(window, 2, 5).error().detail == "presence_not_proven");
  scene.press(window);
  CHECK(scene.complete(window).error().detail == "presence_not_proven");
  CHECK(answer_blinks(scene.world, scene.bert, window.id, {2, 5}).error().code == core::ErrorCode::not_found);
  const auto proven = scene.answer(window, scene.now(window).blinks, 5);
  REQUIRE(proven);
  CHECK(proven->state == State::proven);
  CHECK(proven->blinks == 0);
  CHECK(scene.complete(window));
  CHECK(scene.answer(window, 2, 5).error().detail == "window_closed");
  CHECK(scene.lines("proven") == 1);
  CHECK(scene.registry.assigned() == 1);
}

TEST_CASE("S7 twenty times the same wrong answer at once count once") {
  BlinkScene scene;
  const auto window = scene.asked();
  const int wrong = window.blinks == 2 ? 3 : 2;
  std::atomic<int> answered{0};
  at_once(20, [&](int) { answered += scene.answer(window, wrong, 5) ? 1 : 0; });
  CHECK(answered == 20);
  CHECK(scene.now(window).wrong_bursts == 1);
  CHECK(scene.lines("wrong_blinks") == 1);
}

TEST_CASE("S7 all the numbers at once are one guess") {
  BlinkScene scene;
  const auto window = scene.asked();
  at_once(20, [&](int i) { (void)scene.answer(window, kFewestBlinks + i % 4, 5); });
  const auto after = scene.now(window);
  CHECK((after.state == State::proven ? 0 : 1) == after.wrong_bursts);
  CHECK(scene.lines("wrong_blinks") == after.wrong_bursts);
}

TEST_CASE("blinking again is told with the state, and never with the fixed number") {
  BlinkScene scene;
  const auto window = scene.asked();
  scene.clock.advance(2s);
  at_once(20, [&](int) { (void)identify(scene.world, scene.anna, window.id); });
  CHECK(scene.announcer.blinked == 0);
  CHECK(scene.told("blink").size() == 2);
  CHECK(scene.told("blink").back().at("askedAt") == core::to_iso(kStart + 2s));
  CHECK(scene.now(window).blinks == window.blinks);
}

TEST_CASE("S3 what went wrong is kept when the window is cancelled, and locks the next one") {
  BlinkScene scene;
  const auto device = scene.registry.add(Policy::press, true);
  const auto first = scene.asked(scene.anna, device);
  for (int i = 0; i < 3; ++i) REQUIRE(scene.wrong(first));
  REQUIRE(cancel(scene.world, scene.anna, first.id));
  const auto second = scene.asked(scene.anna, device);
  REQUIRE(scene.wrong(second));
  const auto last = scene.wrong(second);
  REQUIRE(last);
  CHECK(last->state == State::locked);
  CHECK(scene.open(scene.anna, device.serial).error().code == core::ErrorCode::throttled);
  CHECK(scene.counters.of(Act::wrong_blinks) == 5);
}

TEST_CASE("a window whose light is counted is due for nothing but its end") {
  BlinkScene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add(Policy::pattern, true));
  for (int i = 0; i < window.required_presses; ++i) scene.press(window);
  scene.clock.advance(2500ms);
  advance(scene.world, true);
  REQUIRE(scene.now(window).blinking());
  scene.clock.advance(10s);
  CHECK(scene.store.devices_due(scene.clock.now(), true).empty());
  scene.clock.set(window.expires_at);
  advance(scene.world, true);
  CHECK(scene.now(window).state == State::expired);
  CHECK(scene.now(window).blinks == 0);
}
