// SPDX-License-Identifier: Apache-2.0
// The use cases on a real database: what is kept, what is told, and who wins.
#include <catch2/catch.hpp>
#include <pqxx/result>
#include <thread>

#include "contracts/json.hpp"
#include "fixture/fakes.hpp"
#include "pg/outbox.hpp"
#include "usecases/accept_press.hpp"
#include "usecases/advance.hpp"
#include "usecases/cancel.hpp"
#include "usecases/complete.hpp"
#include "usecases/get.hpp"
#include "usecases/identify.hpp"
#include "usecases/open.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

const Wish kWish{"Generator 4", "aaaaaaaaaaaaaaaaaaaaaaaa", "kd-60"};

struct Scene : TestWorld {
  core::Result<Provisioning> open(const core::UserId& user, const core::Serial& serial,
                                  const std::string& key = core::random_hex(8)) {
    return provisioning::open(world, {user, serial, key}, soon());
  }
  Provisioning opened(const core::UserId& user, const Device& device) {
    const auto result = open(user, device.serial);
    REQUIRE(result.has_value());
    return result.value();
  }
  Provisioning proven(const core::UserId& user, const Device& device) {
    const auto window = opened(user, device);
    press(window);
    return now(window);
  }
  void press(const Provisioning& window, const std::string& id = core::random_hex(8)) {
    accept_press(world, {window.id, id, clock.now(), 1});
  }
  core::Result<std::string> complete(const Provisioning& window, const Wish& wish = kWish) {
    return provisioning::complete(world, window.user, window.id, wish, soon());
  }
  Provisioning now(const Provisioning& window) {
    const auto found = store.find(window.id);
    REQUIRE(found.has_value());
    return found.value();
  }
  std::int64_t lines(const std::string& act) {
    return number(
        "select count(*) from outbox where kind = 'ledger' and payload::json->>'act' = 'provisioning." + act +
        "'");
  }
};

template <typename Work>
void at_once(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

}  // namespace

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
  CHECK(kept.presses == 0);
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

TEST_CASE("twenty opens of one user at once leave one open window") {
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

TEST_CASE("guesses made at once do not slip by the limit") {
  Scene scene;
  at_once(30, [&](int) { (void)scene.open(scene.anna, core::Serial::trusted("GEN-UNKNOWN")); });
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

TEST_CASE("a press counts once however often it comes") {
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

TEST_CASE("the order of steps is kept, and what is refused changes nothing") {
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

TEST_CASE("twenty completions at once hand over once, and the same wish gets the same answer") {
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

TEST_CASE("of two proven users exactly one gets the device") {
  Scene scene;
  const auto device = scene.registry.add();
  const auto anna = scene.opened(scene.anna, device);
  const auto bert = scene.opened(scene.bert, device);
  for (const auto& window : {anna, bert}) {
    for (int i = 0; i < scene.now(window).required_presses; ++i) scene.press(window);
  }
  scene.clock.advance(2500ms);
  advance(scene.world, true);
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
  scene.ingest.presses.push_back({window.id, "early", kStart - 1ms, 1});
  CHECK(recover_presses(scene.world));
  CHECK(recover_presses(scene.world));
  CHECK(scene.ingest.asked == 1);
  CHECK(scene.now(window).presses == window.required_presses);
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
