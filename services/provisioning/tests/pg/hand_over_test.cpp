// SPDX-License-Identifier: Apache-2.0
// Completion and recovery on a real database: exactly one wins, and nothing is left half done.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("the order of steps is kept, and what is refused changes nothing [S6]") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto window = scene.opened(scene.anna, device);
  CHECK(scene.complete(window).error().detail == "presence_not_proven");
  scene.press(window);
  CHECK(complete(scene.world, scene.bert, window.id, kWish, soon()).error().code ==
        core::ErrorCode::not_found);
  const auto invalid = scene.complete(window, Wish{});
  REQUIRE_FALSE(invalid);
  CHECK(invalid.error().fields.size() == 1);
  CHECK(scene.now(window).state == State::proven);
  CHECK_FALSE(scene.now(window).claimed());
  scene.clock.set(window.expires_at);
  CHECK(scene.complete(window).error().detail == "window_closed");
  CHECK(scene.registry.assigned() == 0);
  CHECK(scene.lines("refused") == 2);
}

TEST_CASE("twenty completions at once hand over once, and the same wish gets the same answer [S7]") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  std::atomic<int> won{0};
  std::atomic<int> refused{0};
  at_once(20, [&](int i) {
    const Wish wish{"Generator " + std::to_string(i % 4), kWish.group_id, kWish.model};
    const auto device = scene.complete(window, wish);
    won += device ? 1 : 0;
    refused += !device && device.error().code == core::ErrorCode::conflict ? 1 : 0;
  });
  CHECK(won == 5);  // those with the wish that came first
  CHECK(refused == 15);
  CHECK(scene.registry.assigned() == 1);
  CHECK(scene.lines("completed") == 1);
  const auto ended = scene.now(window);
  CHECK(ended.state == State::completed);
  CHECK(scene.complete(window, *ended.wish).value_or("") == ended.result);
  CHECK(scene.complete(window, Wish{"Another", "", ""}).error().detail == "window_closed");
}

TEST_CASE("of two proven users exactly one gets the device [S7]") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto anna = scene.opened(scene.anna, device);
  const auto bert = scene.opened(scene.bert, device);
  for (const auto& window : {anna, bert}) {
    for (int i = 0; i < scene.now(window).required_presses; ++i) scene.press(window);
    scene.clock.advance(2500ms);
    advance(scene.world, true);
  }
  REQUIRE(scene.now(anna).state == State::proven);
  REQUIRE(scene.now(bert).state == State::proven);
  std::atomic<int> won{0};
  at_once(20, [&](int i) { won += scene.complete(i % 2 == 0 ? anna : bert) ? 1 : 0; });
  CHECK(won == 10);  // all of one user's
  CHECK(scene.registry.assigned() == 1);
  CHECK(scene.number("select count(*) from provisionings where state = 'completed'") == 1);
  CHECK(scene.number("select count(*) from provisionings where state = 'superseded'") == 1);
  CHECK(scene.lines("completed") == 1);
}

TEST_CASE("a device that somebody else got meanwhile closes the window") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto window = scene.proven(scene.anna, device);
  scene.registry.move_epoch(device);
  CHECK(scene.complete(window).error().detail == "window_closed");
  CHECK(scene.now(window).state == State::superseded);
  CHECK(scene.now(window).reason == "assigned_elsewhere");
}

TEST_CASE("an owner who does not agree any more closes the window, and that is told") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  const bool claimed = GENERATE(false, true);
  scene.registry.refuse("no_consent", claimed);
  CHECK(scene.complete(window).error().detail == "window_closed");
  CHECK(scene.now(window).state == State::superseded);
  CHECK(scene.now(window).reason == "no_consent");
  CHECK(scene.registry.assign_calls == (claimed ? 1 : 0));
}

TEST_CASE("an answer that was lost is asked for again, past the end of the window") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  scene.clock.set(window.expires_at - 1ms);
  scene.registry.answer_is_lost = true;
  CHECK(scene.complete(window).error().code == core::ErrorCode::unavailable);
  CHECK(scene.now(window).claimed());
  CHECK(scene.complete(window, Wish{"Another", "", ""}).error().detail == "completion_under_way");
  CHECK(cancel(scene.world, scene.anna, window.id).error().detail == "completion_under_way");
  scene.clock.advance(1s);
  advance(scene.world, true);
  recover_completions(scene.world);  // too early: the user's own call may still run
  CHECK(scene.registry.assign_calls == 1);
  scene.clock.advance(3s);
  SECTION("by the recovery") { recover_completions(scene.world); }
  SECTION("by the user, with the same data") { CHECK(scene.complete(window)); }
  CHECK(scene.now(window).state == State::completed);
  CHECK(scene.registry.assigned() == 1);
  CHECK(scene.lines("completed") == 1);
}

TEST_CASE("the recovery waits longer after each try, and replicas share the claims") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  scene.registry.answer_is_lost = true;
  (void)scene.complete(window);
  scene.registry.away = true;
  scene.clock.advance(4s);
  at_once(8, [&](int) { recover_completions(scene.world); });
  CHECK(scene.registry.assign_calls == 2);
  scene.clock.advance(1999ms);
  recover_completions(scene.world);
  CHECK(scene.registry.assign_calls == 2);
  scene.clock.advance(1ms);
  recover_completions(scene.world);
  CHECK(scene.registry.assign_calls == 3);
  scene.clock.advance(3999ms);
  recover_completions(scene.world);
  CHECK(scene.registry.assign_calls == 3);
  scene.registry.away = false;
  scene.clock.advance(1ms);
  recover_completions(scene.world);
  CHECK(scene.now(window).state == State::completed);
}

TEST_CASE("presses that came while nobody listened are asked for, and count by their stamps") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add(Policy::pattern));
  scene.ingest.away = true;
  CHECK_FALSE(recover_presses(scene.world));
  scene.ingest.away = false;
  for (int i = window.required_presses; i > 0; --i) {
    scene.ingest.presses.push_back({window.id, std::to_string(i), kStart + i * 400ms, 1});
  }
  scene.ingest.presses.push_back({window.id, "early", kStart - 3s, 1});
  CHECK(recover_presses(scene.world));
  CHECK(recover_presses(scene.world));
  CHECK(scene.ingest.asked == 1);
  CHECK(scene.now(window).presses == window.required_presses);
}

TEST_CASE("a burst is judged when ingest has said what it knows of it, and not before [S9]") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add(Policy::pattern));
  for (int i = 0; i < window.required_presses; ++i) scene.press(window);
  scene.clock.advance(2500ms);
  SECTION("ingest is away: nothing is proven, and time goes on") {
    scene.ingest.away = true;
    advance(scene.world, true);
    CHECK(scene.now(window).state == State::waiting);
    scene.clock.set(window.expires_at);
    advance(scene.world, true);
    CHECK(scene.now(window).state == State::expired);
  }
  SECTION("one more press was on its way: it was another number") {
    scene.ingest.presses.push_back({window.id, "late", kStart + 500ms, 1});
    advance(scene.world, true);
    CHECK(scene.now(window).presses == window.required_presses + 1);
    scene.clock.advance(500ms);
    advance(scene.world, true);
    CHECK(scene.now(window).state == State::waiting);
    CHECK(scene.now(window).wrong_bursts == 1);
  }
  SECTION("it began before the window opened: it is void") {
    scene.ingest.presses.push_back({window.id, "before", kStart - 1ms, 1});
    advance(scene.world, true);
    CHECK(scene.now(window).presses == 0);
    CHECK(scene.now(window).wrong_bursts == 0);
  }
}

TEST_CASE("a release ends the open window of the device") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  end_windows(scene.world, window.device.id, "released", kStart - 1ms);
  CHECK(scene.now(window).state == State::proven);
  end_windows(scene.world, window.device.id, "released", kStart);
  CHECK(scene.now(window).state == State::superseded);
  CHECK(scene.now(window).reason == "released");
}

TEST_CASE("identify blinks once in two seconds, also when asked twenty times at once") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add());
  at_once(20, [&](int) { (void)identify(scene.world, scene.anna, window.id); });
  CHECK(scene.announcer.blinked == 3);
  CHECK(identify(scene.world, scene.bert, window.id).error().code == core::ErrorCode::not_found);
}

TEST_CASE("what nobody asks for any more is deleted") {
  Scene scene;
  const auto window = scene.proven(scene.anna, scene.registry.add());
  (void)scene.open(scene.anna, core::Serial::trusted("GEN-UNKNOWN"));
  REQUIRE(cancel(scene.world, scene.anna, window.id));
  scene.clock.advance(24h);
  scene.store.purge(scene.clock.now());
  CHECK(scene.number("select count(*) from presses") == 1);
  CHECK(scene.number("select count(*) from failed_scans") == 0);
  scene.clock.advance(1ms);
  scene.store.purge(scene.clock.now());
  CHECK(scene.number("select count(*) from presses") == 0);
  CHECK(scene.number("select count(*) from provisionings") == 1);
  scene.clock.advance(90 * 24h);
  scene.store.purge(scene.clock.now());
  CHECK(scene.number("select count(*) from provisionings") == 0);
}
