// SPDX-License-Identifier: Apache-2.0
// The use cases on a real database: what is kept, what is told, and who wins.
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("a provisioning comes back from its table as it went in") {
  Scene scene;
  const auto device = scene.registry.add(Policy::pattern);
  const auto window = scene.opened(scene.anna, device);
  scene.press(window);
  REQUIRE(scene.now(window).presses == 1);
  const auto other = scene.opened(scene.bert, device);
  const auto kept = scene.now(window);
  CHECK(kept.user == scene.anna);
  CHECK(kept.device.id == device.id);
  CHECK(kept.device.serial == device.serial);
  CHECK(kept.device.recipe == device.recipe);
  CHECK(kept.device.register_attribute == "register_button");
  CHECK(kept.device.assignment_epoch == 7);
  CHECK(kept.device.policy == Policy::pattern);
  CHECK(kept.device.window == 300s);
  CHECK(kept.device.burst_pause == 2500ms);
  CHECK(kept.state == State::waiting);
  CHECK(kept.started_at == kStart);
  CHECK(kept.expires_at == kStart + 300s);
  CHECK(kept.contended);
  CHECK(kept.heard);
  CHECK(kept.presses == 1);
  CHECK(kept.version == 3);
  CHECK(kept.required_presses != scene.now(other).required_presses);
}

TEST_CASE("the outbox of the first migration is the one of libs/pg") {
  const auto& sql = turnkey_migrations().front().sql;
  CHECK(sql.find(pg::kOutboxTable) != std::string::npos);
}

TEST_CASE("state, windows, status and ledger are written in one transaction") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add());
  CHECK(scene.number("select count(*) from outbox where kind = 'windows'") == 1);
  CHECK(scene.number("select count(*) from outbox where kind = 'status'") == 1);
  CHECK(scene.lines("opened") == 1);
  const auto line = scene.pool.transaction([](pqxx::work& tx) {
    return contracts::Json::parse(
        tx.exec1("select payload from outbox where kind = 'ledger'")[0].as<std::string>());
  });
  CHECK(line.at("deviceId") == window.device.id.str());
  CHECK(line.at("userId") == scene.anna.str());
  CHECK(line.at("serial") == window.device.serial.str());
  CHECK(line.at("provisioningId") == window.id.str());
  CHECK(line.at("at") == core::to_iso(kStart));
}

TEST_CASE("the same key by the same user opens one provisioning") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto first = scene.open(scene.anna, device.serial, "key");
  const auto again = scene.open(scene.anna, device.serial, "key");
  REQUIRE(first);
  REQUIRE(again);
  CHECK(first->id == again->id);
  CHECK(scene.open(scene.anna, scene.registry.add().serial, "key").error().detail ==
        "idempotency_key_reused");
  const auto other = scene.open(scene.bert, device.serial, "key");
  REQUIRE(other);
  CHECK(other->id != first->id);
}

TEST_CASE("twenty opens with one key at once make one provisioning") {
  Scene scene;
  const auto device = scene.registry.add();
  std::vector<std::string> ids(20);
  at_once(20, [&](int i) {
    const auto opened = scene.open(scene.anna, device.serial, "key");
    if (opened) ids[static_cast<std::size_t>(i)] = opened->id.str();
  });
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 1);
  CHECK_FALSE(ids[0].empty());
  CHECK(scene.number("select count(*) from provisionings") == 1);
  CHECK(scene.lines("opened") == 1);
  CHECK(scene.number("select count(*) from failed_scans") == 0);
}

TEST_CASE("twenty users at one device at once: three windows, with different numbers of presses") {
  Scene scene;
  const auto device = scene.registry.add();
  std::atomic<int> opened{0};
  std::atomic<int> busy{0};
  at_once(20, [&](int) {
    const auto result = scene.open(core::UserId::random(), device.serial);
    if (result) ++opened;
    if (!result && result.error().detail == "device_busy" && result.error().retry_after) ++busy;
  });
  CHECK(opened == 3);
  CHECK(busy == 17);
  CHECK(scene.number("select count(*) from provisionings where state = 'waiting' and policy = 'pattern'") ==
        3);
  CHECK(scene.number("select count(distinct required_presses) from provisionings") == 3);
}

TEST_CASE("twenty opens of one user at once leave one open window [S7]") {
  Scene scene;
  const auto device = scene.registry.add();
  std::atomic<int> opened{0};
  at_once(20, [&](int) { opened += scene.open(scene.anna, device.serial) ? 1 : 0; });
  CHECK(opened == 20);
  CHECK(scene.number("select count(*) from provisionings where state = 'waiting'") == 1);
  CHECK(scene.number("select count(*) from provisionings where state = 'superseded'") == 19);
}

TEST_CASE("nine failed scans do not keep a good one from opening, ten make the user wait") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto unknown = core::Serial::trusted("GEN-UNKNOWN");
  for (int i = 0; i < 9; ++i)
    CHECK(scene.open(scene.anna, unknown).error().code == core::ErrorCode::not_found);
  CHECK(scene.open(scene.anna, device.serial));
  CHECK(scene.open(scene.anna, unknown).error().code == core::ErrorCode::not_found);
  const auto refused = scene.open(scene.anna, device.serial);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == core::ErrorCode::throttled);
  CHECK(refused.error().retry_after == 600s);
  CHECK(scene.open(scene.bert, device.serial));
  CHECK(scene.counters.of(Counted::failed_scan) == 10);
  CHECK(scene.lines("refused") == 11);  // each scan, and that it was the last for a while
  scene.clock.advance(10min - 1ms);
  CHECK_FALSE(scene.open(scene.anna, device.serial));
  scene.clock.advance(1ms);
  CHECK(scene.open(scene.anna, device.serial));
}

TEST_CASE("guesses made at once do not slip by the limit [S3]") {
  Scene scene;
  at_once(30, [&](int i) {
    (void)scene.open(scene.anna, core::Serial::trusted("GEN-UNKNOWN-" + std::to_string(i)));
  });
  CHECK(scene.registry.scans == 10);
}

TEST_CASE("a registry that is away is nobody's failed scan") {
  Scene scene;
  scene.registry.away = true;
  for (int i = 0; i < 12; ++i) {
    CHECK(scene.open(scene.anna, core::Serial::trusted("GEN-UNKNOWN")).error().code ==
          core::ErrorCode::unavailable);
  }
  CHECK(scene.number("select count(*) from failed_scans") == 0);
}

TEST_CASE("a press counts once however often it comes [S8]") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add(Policy::pattern));
  at_once(20, [&](int) { scene.press(window, "0011223344556677-1-1#0"); });
  CHECK(scene.now(window).presses == 1);
  CHECK(scene.counters.of(Counted::press_counted) == 1);
  CHECK(scene.counters.of(Counted::press_repeated) == 19);
}

TEST_CASE("a press for what is not open is counted as one without a window") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add());
  REQUIRE(cancel(scene.world, scene.anna, window.id));
  scene.press(window);
  accept_press(scene.world, {core::ProvisioningId::random(), "x", kStart, 1});
  CHECK(scene.counters.of(Counted::press_without_window) == 2);
  CHECK(scene.now(window).state == State::cancelled);
}

TEST_CASE("the clock ends windows and judges bursts") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add(Policy::pattern));
  for (int i = 0; i < window.required_presses; ++i) scene.press(window);
  scene.clock.advance(2499ms);
  advance(scene.world, true);
  CHECK(scene.now(window).state == State::waiting);
  scene.clock.advance(1ms);
  advance(scene.world, false);
  CHECK(scene.now(window).state == State::waiting);  // presses may be missing
  advance(scene.world, true);
  CHECK(scene.now(window).state == State::proven);
  scene.clock.set(window.expires_at - 1ms);
  advance(scene.world, true);
  CHECK(scene.now(window).state == State::proven);
  scene.clock.advance(1ms);
  advance(scene.world, true);
  CHECK(scene.now(window).state == State::expired);
  CHECK(scene.lines("expired") == 1);
}

TEST_CASE("get shows the end before the timer was there, and nobody else's") {
  Scene scene;
  const auto window = scene.opened(scene.anna, scene.registry.add());
  CHECK(get(scene.world, scene.bert, window.id).error().code == core::ErrorCode::not_found);
  CHECK(get(scene.world, scene.anna, core::ProvisioningId::random()).error().code ==
        core::ErrorCode::not_found);
  scene.clock.set(window.expires_at);
  const auto found = get(scene.world, scene.anna, window.id);
  REQUIRE(found);
  CHECK(found->state == State::expired);
}
