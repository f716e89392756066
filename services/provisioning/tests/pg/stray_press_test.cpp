// SPDX-License-Identifier: Apache-2.0
// A press of a device without a window: who is told, and who is not.
#include "scene.hpp"
#include "usecases/hear_stray_press.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

struct StrayScene : Scene {
  Device pressed = registry.add();

  void may_name(const core::UserId& user) { registry.may_name.emplace(pressed.id, user); }
  core::Result<core::Done> stray(std::optional<core::Timestamp> at = {}) {
    return hear_stray_press(world, pressed.id, at.value_or(clock.now()), soon());
  }
  bool told(const Provisioning& window) { return now(window).other_press.has_value(); }
};

}  // namespace

TEST_CASE_METHOD(StrayScene,
                 "the press of a device without a window is told to those who may provision it, alone [S4]") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  const auto hers_too = opened(anna, registry.add());
  const auto his = opened(bert, registry.add());
  CHECK(stray());
  CHECK(now(hers).other_press == OtherPress{pressed.serial, kStart});
  CHECK(now(hers_too).other_press == OtherPress{pressed.serial, kStart});
  CHECK_FALSE(told(his));
  CHECK(now(his).version == 1);
  CHECK(registry.named_calls == 1);
  CHECK(counters.of(Counted::other_press_told) == 2);
  CHECK(number("select count(*) from outbox where kind = 'status' and payload like '%" +
               pressed.serial.str() + "%'") == 2);
}

TEST_CASE_METHOD(StrayScene, "a device that has a window by now is nobody else's news") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  opened(bert, pressed);
  CHECK(stray());
  CHECK_FALSE(told(hers));
  CHECK(registry.named_calls == 0);
}

TEST_CASE_METHOD(StrayScene,
                 "only windows that waited as it was pressed and have heard nothing are asked about") {
  may_name(anna);
  const auto proven_one = proven(anna, registry.add());
  const auto heard = opened(anna, registry.add(Policy::pattern));
  press(heard);
  const auto cancelled = opened(anna, registry.add());
  REQUIRE(cancel(world, anna, cancelled.id));
  const auto before = clock.now();
  clock.advance(1ms);
  const auto too_young = opened(anna, registry.add());
  CHECK(stray(before));
  CHECK(registry.named_calls == 0);
  for (const auto& window : {proven_one, heard, cancelled, too_young}) CHECK_FALSE(told(window));
  CHECK(stray(clock.now()));
  CHECK(told(too_young));
}

TEST_CASE_METHOD(StrayScene, "a press of ten seconds ago is no news any more") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  clock.advance(10s + 1ms);
  CHECK(stray(kStart));
  CHECK_FALSE(told(hers));
  clock.set(kStart + 10s);
  CHECK(stray(kStart));
  CHECK(told(hers));
}

TEST_CASE_METHOD(StrayScene, "one press is told to fifty windows at most, the newest ones [S21]") {
  may_name(anna);
  std::vector<Provisioning> windows;
  for (int i = 0; i < 53; ++i) {
    windows.push_back(opened(anna, registry.add()));
    clock.advance(1ms);
  }
  CHECK(stray());
  CHECK(number("select count(*) from provisionings where other_serial is not null") == 50);
  for (std::size_t i = 0; i < 3; ++i) CHECK_FALSE(told(windows[i]));
}

TEST_CASE_METHOD(StrayScene,
                 "a flood of presses of one device changes a window every five seconds at most [S21]") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  at_once(10, [&](int) { (void)stray(); });
  for (int i = 0; i < 40; ++i) {
    clock.advance(100ms);
    (void)stray();
  }
  CHECK(now(hers).version == 2);
  clock.advance(1s);
  CHECK(stray());
  CHECK(now(hers).version == 3);
}

TEST_CASE_METHOD(StrayScene, "a registry that is away names nobody") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  registry.away = true;
  CHECK(stray().error().code == core::ErrorCode::unavailable);
  CHECK_FALSE(told(hers));
}

TEST_CASE_METHOD(StrayScene, "a device is named no longer once it has another owner [S4]") {
  may_name(anna);
  const auto hers = opened(anna, registry.add());
  REQUIRE(stray());
  forget_stray_presses(world, registry.add().serial);
  CHECK(told(hers));
  forget_stray_presses(world, pressed.serial);
  CHECK_FALSE(told(hers));
  CHECK(now(hers).version == 3);
}
