// SPDX-License-Identifier: Apache-2.0
#include "domain/device_windows.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "domain/rules.hpp"
#include "fixture/examples.hpp"
#include "testing/fake_clock.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

// Always the last: the numbers of presses come in rising order, 2, 3, 4, 5.
std::uint64_t last_of(std::uint64_t bound) { return bound - 1; }

// One device with its windows, as the transactions of a day would leave them. Between two acts the value is
// made anew, as the store does.
struct Scene {
  explicit Scene(Policy policy = Policy::press) : device(make_device(policy)) {}

  core::Result<Provisioning> open(const core::UserId& user) {
    auto windows = load();
    auto result = windows.open(device, user, core::random_hex(8), clock.now(), last_of);
    keep(windows);
    return result;
  }
  Provisioning opened(const core::UserId& user) {
    const auto result = open(user);
    REQUIRE(result.has_value());
    return result.value();
  }
  PressEffect press(const Provisioning& window, core::Timestamp at, int count = 1) {
    auto windows = load();
    windows.run_out(clock.now());
    const auto effect = windows.press(window.id, at, count);
    keep(windows);
    return effect;
  }
  PressEffect press_now(const Provisioning& window) { return press(window, clock.now()); }
  void tick() {
    auto windows = load();
    windows.run_out(clock.now());
    windows.judge_bursts(clock.now());
    keep(windows);
  }
  // Presses in quick order, then waits until the burst is judged.
  void burst(const Provisioning& window, int presses) {
    for (int i = 0; i < presses; ++i) {
      press_now(window);
      clock.advance(300ms);
    }
    clock.advance(device.burst_pause);
    tick();
  }
  template <typename Work>
  auto with(Work&& work) {
    auto windows = load();
    auto result = work(windows);
    keep(windows);
    return result;
  }
  Provisioning of(const Provisioning& window) const {
    return *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == window.id; });
  }
  State state(const Provisioning& window) const { return of(window).state; }
  std::size_t acts(Act act) const {
    return static_cast<std::size_t>(
        std::count_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.act == act; }));
  }

  DeviceWindows load() const { return DeviceWindows(all); }
  void keep(const DeviceWindows& windows) {
    for (const auto& one : windows.all()) {
      const auto before =
          std::find_if(all.begin(), all.end(), [&](const auto& old) { return old.id == one.id; });
      if (before != all.end()) CHECK(one.version == before->version + (windows.changed(one.id) ? 1 : 0));
    }
    all = windows.all();
    facts.insert(facts.end(), windows.facts().begin(), windows.facts().end());
  }

  testing::FakeClock clock{kStart};
  Device device;
  std::vector<Provisioning> all;
  std::vector<Fact> facts;
  core::UserId anna = core::UserId::random();
  core::UserId bert = core::UserId::random();
};

const Wish kWish{"Generator 4", "aaaaaaaaaaaaaaaaaaaaaaaa", "kd-60"};

}  // namespace

TEST_CASE("a press proves a window, once") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(window.state == State::waiting);
  CHECK(window.version == 1);
  CHECK(window.expires_at == kStart + 300s);
  scene.clock.advance(10s);
  CHECK(scene.press_now(window) == PressEffect::counted);
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).proven_at == kStart + 10s);
  CHECK(scene.press_now(window) == PressEffect::no_window);
  CHECK(scene.of(window).version == 2);
}

TEST_CASE("a press counts from the first millisecond of the window to the last, by its stamp") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(scene.press(window, kStart - 1ms) == PressEffect::outside);
  CHECK(scene.press(window, window.expires_at) == PressEffect::outside);
  CHECK(scene.state(window) == State::waiting);
  SECTION("the first") { CHECK(scene.press(window, kStart) == PressEffect::counted); }
  SECTION("the last") { CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::counted); }
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("a press made inside that comes after the end counts no more") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  SECTION("in the last millisecond it counts") {
    scene.clock.set(window.expires_at - 1ms);
    CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::counted);
    CHECK(scene.state(window) == State::proven);
  }
  SECTION("in the first one after, it does not") {
    scene.clock.set(window.expires_at);
    CHECK(scene.press(window, window.expires_at - 1ms) == PressEffect::no_window);
    CHECK(scene.state(window) == State::expired);
  }
}

TEST_CASE("a window expires in the millisecond of its end, waiting or proven") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  if (GENERATE(false, true)) scene.press_now(window);
  const State before = scene.state(window);
  scene.clock.set(window.expires_at - 1ms);
  scene.tick();
  CHECK(scene.state(window) == before);
  scene.clock.advance(1ms);
  scene.tick();
  CHECK(scene.state(window) == State::expired);
  CHECK(scene.of(window).reason == "time_up");
}

TEST_CASE("an expired window tells whether a press was ever heard") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const bool pressed = GENERATE(false, true);
  if (pressed) scene.press_now(window);
  scene.clock.set(window.expires_at);
  scene.tick();
  CHECK(scene.facts.back().act == Act::expired);
  CHECK(scene.facts.back().heard == pressed);
}

TEST_CASE("without a presence policy a window is proven at once") {
  Scene scene(Policy::none);
  const auto window = scene.opened(scene.anna);
  CHECK(window.state == State::proven);
  CHECK(window.version == 1);
}

TEST_CASE("a pattern asks for two to five presses") {
  for (int i = 0; i < 50; ++i) {
    DeviceWindows windows({});
    REQUIRE(windows.open(make_device(Policy::pattern), core::UserId::random(), "key", kStart,
                         core::random_below));
    CHECK(windows.all()[0].required_presses >= kFewestPresses);
    CHECK(windows.all()[0].required_presses <= kMostPresses);
  }
}

TEST_CASE("a burst with exactly the required count proves when its pause is over") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  REQUIRE(window.required_presses == 2);
  scene.press_now(window);
  scene.clock.advance(2499ms);  // the last millisecond of the pause
  scene.press_now(window);
  CHECK(scene.of(window).presses == 2);
  scene.clock.advance(2499ms);
  scene.tick();
  CHECK(scene.state(window) == State::waiting);
  scene.clock.advance(1ms);
  scene.tick();
  CHECK(scene.state(window) == State::proven);
}

TEST_CASE("three presses do not prove a window that needs two") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.burst(window, 3);
  CHECK(scene.state(window) == State::waiting);
  CHECK(scene.of(window).presses == 0);
  CHECK(scene.of(window).reason == "wrong_pattern");
  scene.burst(window, 2);
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.of(window).reason.empty());
}

TEST_CASE("a press after the pause begins another burst, by the stamps and not by when it arrives") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  scene.press(window, kStart + 1000ms);
  SECTION("one millisecond before the pause is over it belongs to the burst") {
    scene.press(window, kStart + 3499ms);
    CHECK(scene.of(window).presses == 2);
    CHECK(scene.of(window).wrong_bursts == 0);
  }
  SECTION("when it is over it does not") {
    scene.press(window, kStart + 3500ms);
    CHECK(scene.of(window).presses == 1);
    CHECK(scene.of(window).wrong_bursts == 1);
  }
}

TEST_CASE("the fifth wrong burst locks, and this user waits ten minutes for this device") {
  Scene scene(Policy::pattern);
  const auto window = scene.opened(scene.anna);
  for (int i = 1; i < kWrongBurstsToLock; ++i) scene.burst(window, 1);
  CHECK(scene.state(window) == State::waiting);
  scene.burst(window, 1);
  CHECK(scene.state(window) == State::locked);
  CHECK(scene.of(window).reason == "too_many_wrong_patterns");
  const auto locked_at = *scene.of(window).ended_at;

  scene.clock.set(locked_at + kLockedFor - 1ms);
  const auto refused = scene.open(scene.anna);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == core::ErrorCode::throttled);
  CHECK(refused.error().retry_after == 1s);
  CHECK(scene.open(scene.bert));
  scene.clock.advance(1ms);
  CHECK(scene.open(scene.anna));
}

TEST_CASE("the same user opening again ends the older window, and proof begins anew") {
  Scene scene;
  const auto first = scene.opened(scene.anna);
  if (GENERATE(false, true)) scene.press_now(first);
  scene.clock.advance(1s);
  const auto second = scene.opened(scene.anna);
  CHECK(scene.state(first) == State::superseded);
  CHECK(scene.of(first).reason == "opened_again");
  CHECK(scene.state(second) == State::waiting);
  CHECK_FALSE(second.contended);
  CHECK(scene.press_now(first) == PressEffect::no_window);
}

TEST_CASE("two users on one device need different numbers of presses") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.of(anna).policy == Policy::pattern);
  CHECK(scene.of(bert).policy == Policy::pattern);
  CHECK(scene.of(anna).required_presses != scene.of(bert).required_presses);
  CHECK(scene.of(anna).contended);
  CHECK(bert.contended);
  CHECK(bert.version == 1);
  CHECK(scene.acts(Act::contended) == 2);

  // Ingest tells every press to both windows.
  const int count = scene.of(bert).required_presses;
  for (int i = 0; i < count; ++i) {
    scene.press_now(anna);
    scene.press_now(bert);
    scene.clock.advance(300ms);
  }
  scene.clock.advance(scene.device.burst_pause);
  scene.tick();
  CHECK(scene.state(bert) == State::proven);
  CHECK(scene.state(anna) == State::waiting);
}

TEST_CASE("presses from before the second user are void") {
  Scene scene;
  Scene pattern(Policy::pattern);
  const auto early = pattern.opened(pattern.anna);
  pattern.press_now(early);
  pattern.clock.advance(100ms);
  const auto contended_at = pattern.clock.now();
  (void)pattern.open(pattern.bert);
  CHECK(pattern.of(early).presses == 0);
  CHECK(pattern.press(early, contended_at - 1ms) == PressEffect::outside);
  CHECK(pattern.press(early, contended_at) == PressEffect::counted);
  CHECK(pattern.of(early).presses == 1);
}

TEST_CASE("the press of one user that is on its way when another opens serves neither") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.clock.advance(1s);
  const auto made_at = scene.clock.now();
  scene.clock.advance(20ms);
  const auto bert = scene.opened(scene.bert);
  CHECK(scene.press(anna, made_at) == PressEffect::outside);
  CHECK(scene.press(bert, made_at) == PressEffect::outside);
  CHECK(scene.state(anna) == State::waiting);
  CHECK(scene.state(bert) == State::waiting);
}

TEST_CASE("once a window is proven no further user opens one, until it ends") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  scene.press_now(anna);
  scene.clock.advance(100s);
  const auto refused = scene.open(scene.bert);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "device_busy");
  CHECK(refused.error().retry_after == 200s);
  scene.clock.set(anna.expires_at - 1ms);
  CHECK_FALSE(scene.open(scene.bert));
  scene.clock.advance(1ms);
  CHECK(scene.open(scene.bert));
}

TEST_CASE("at most three windows are open on one device, each with its own number") {
  Scene scene;
  std::set<int> counts;
  for (int i = 0; i < kMostWindows; ++i) {
    REQUIRE(scene.open(core::UserId::random()));
    scene.clock.advance(1s);
  }
  for (const auto& one : scene.all) counts.insert(one.required_presses);
  CHECK(counts.size() == 3);
  const auto refused = scene.open(core::UserId::random());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "device_busy");
  CHECK(refused.error().retry_after == 297s);  // the earliest ends then
  CHECK(scene.open(scene.all[1].user));        // one who has a window may begin again
}

TEST_CASE("completion is claimed from the proof to the last millisecond of the window") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto claim = [&] {
    return scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); });
  };
  CHECK(claim().error().detail == "presence_not_proven");
  scene.press_now(window);
  SECTION("the last") {
    scene.clock.set(window.expires_at - 1ms);
    CHECK(claim());
  }
  SECTION("the first after") {
    scene.clock.set(window.expires_at);
    CHECK(claim().error().detail == "window_closed");
    CHECK(scene.state(window) == State::expired);
  }
}

TEST_CASE("what is claimed neither expires nor is cancelled nor superseded, and takes no other wish") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  const auto version = scene.of(window).version;
  REQUIRE(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  CHECK(scene.of(window).version == version);  // nothing that anybody sees
  Wish other = kWish;
  other.name = "Generator 5";
  CHECK(
      scene.with([&](auto& all) { return all.claim(window.id, other, scene.clock.now()); }).error().detail ==
      "completion_under_way");
  CHECK(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }).error().detail ==
        "completion_under_way");
  CHECK(scene.open(scene.anna).error().detail == "device_busy");
  CHECK(scene.open(scene.bert).error().detail == "device_busy");
  scene.clock.set(window.expires_at + 1h);
  scene.tick();
  scene.with([&](auto& all) {
    all.supersede_all("assigned", scene.clock.now(), scene.clock.now());
    return 0;
  });
  CHECK(scene.state(window) == State::proven);
  CHECK(scene.with([&](auto& all) { return all.complete(window.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.state(window) == State::completed);
  CHECK_FALSE(scene.with([&](auto& all) { return all.complete(window.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.acts(Act::completed) == 1);
}

TEST_CASE("a completion ends the other windows of the device") {
  Scene scene;
  const auto anna = scene.opened(scene.anna);
  const auto bert = scene.opened(scene.bert);
  scene.burst(anna, scene.of(anna).required_presses);
  REQUIRE(scene.state(anna) == State::proven);
  REQUIRE(scene.with([&](auto& all) { return all.claim(anna.id, kWish, scene.clock.now()); }));
  REQUIRE(scene.with([&](auto& all) { return all.complete(anna.id, kWish, "{}", scene.clock.now()); }));
  CHECK(scene.state(bert) == State::superseded);
  CHECK(scene.of(bert).reason == "completed_by_other");
}

TEST_CASE("a claim that was refused is free again, one that was lost ends the window") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  scene.press_now(window);
  REQUIRE(scene.with([&](auto& all) { return all.claim(window.id, kWish, scene.clock.now()); }));
  SECTION("refused") {
    scene.with([&](auto& all) {
      all.release_claim(window.id, kWish);
      return 0;
    });
    CHECK(scene.state(window) == State::proven);
    CHECK_FALSE(scene.of(window).claimed());
  }
  SECTION("lost") {
    scene.with([&](auto& all) {
      all.lose_claim(window.id, kWish, scene.clock.now());
      return 0;
    });
    CHECK(scene.state(window) == State::superseded);
    CHECK(scene.of(window).reason == "assigned_elsewhere");
  }
}

TEST_CASE("an event of the device ends the windows that were opened until then, not younger ones") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto tell = [&](core::Timestamp since) {
    scene.with([&](auto& all) {
      all.supersede_all("released", since, scene.clock.now());
      return 0;
    });
  };
  tell(kStart - 1ms);
  CHECK(scene.state(window) == State::waiting);
  tell(kStart);
  CHECK(scene.state(window) == State::superseded);
  CHECK(scene.of(window).reason == "released");
}

TEST_CASE("the device blinks every two seconds at most, and only while it is waited for") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  const auto identify = [&] {
    return scene.with([&](auto& all) { return all.identify(window.id, scene.clock.now()); });
  };
  CHECK(identify());
  scene.clock.advance(1999ms);
  CHECK(identify().error().code == core::ErrorCode::throttled);
  scene.clock.advance(1ms);
  CHECK(identify());
  scene.press_now(window);
  scene.clock.advance(1min);
  CHECK(identify().error().detail == "not_waiting");
  scene.clock.set(window.expires_at);
  CHECK(identify().error().detail == "window_closed");
}

TEST_CASE("cancelling ends a window, and again changes nothing") {
  Scene scene;
  const auto window = scene.opened(scene.anna);
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }));
  CHECK(scene.state(window) == State::cancelled);
  CHECK(scene.with([&](auto& all) { return all.cancel(window.id, scene.clock.now()); }));
  CHECK(scene.acts(Act::cancelled) == 1);
}

TEST_CASE("the tenth failed scan within ten minutes makes the user wait") {
  std::vector<core::Timestamp> failed;
  for (int i = 0; i < 9; ++i) failed.push_back(kStart + i * 10s);
  CHECK_FALSE(scans_again_at(failed, kStart + 2min));
  failed.push_back(kStart + 90s);
  CHECK(scans_again_at(failed, kStart + 2min) == kStart + 10min);
  CHECK(scans_again_at(failed, kStart + 10min - 1ms));
  CHECK_FALSE(scans_again_at(failed, kStart + 10min));
}
