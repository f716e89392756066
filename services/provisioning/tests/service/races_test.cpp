// SPDX-License-Identifier: Apache-2.0
// Many at once, through the real registry, ingest and broker: one owner, one line in the ledger, no half
// state.
#include "chain.hpp"
#include "core/random.hpp"
#include "testing/fake_clock.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

std::string proven_window(Chain& chain, const std::string& user, Chain::Unit& unit) {
  const auto id = chain.open_window(user, unit);
  REQUIRE(eventually(
      [&] {
        unit.press();
        return chain.status(id).provisioning.state == "proven";
      },
      30s));
  return id;
}

int owned(Chain& chain, const Chain::Unit& unit) {
  return chain.number("select count(*) from registry.devices where group_id is not null and id = '" +
                      unit.device.id + "'");
}

// Nothing that was begun is left without its end.
void check_settled(Chain& chain) {
  CHECK(chain.number(
            "select count(*) from provisioning.provisionings where state in ('waiting', 'proven')") == 0);
  CHECK(chain.number(
            "select count(*) from provisioning.provisionings where state = 'proven' and completing_at_ms "
            "is not null") == 0);
}

}  // namespace

TEST_CASE(
    "S7 a hundred users open one device at once: three windows with different numbers, and one owner in the "
    "end") {
  Chain chain;
  auto units = chain.units(1);
  const auto users = chain.technicians(100);
  std::atomic<int> opened{0};
  std::atomic<int> busy{0};
  std::mutex mutex;
  std::map<std::string, std::string> ids;  // by user
  at_once(100, [&](int i) {
    const auto& user = users[static_cast<std::size_t>(i)];
    const auto reply = chain.gateway.call(
        "open", {{"actor", {{"userId", user}}}, {"serial", units[0].serial}, {"idempotencyKey", user}}, 60s);
    if (!reply) {
      busy += reply.error().detail == "device_busy" ? 1 : 0;
      return;
    }
    ++opened;
    const std::lock_guard lock(mutex);
    ids[user] = reply->at("provisioning").at("id");
  });
  CHECK(opened == 3);
  CHECK(busy == 97);
  const std::string open = "from provisioning.provisionings where state = 'waiting'";
  CHECK(chain.number("select count(*) " + open) == 3);
  CHECK(chain.number("select count(distinct required_presses) " + open) == 3);
  CHECK(chain.number("select count(distinct user_id) " + open) == 3);

  // The first of them presses what the screen says, and gets it.
  REQUIRE_FALSE(ids.empty());
  const auto& [user, id] = *ids.begin();
  const int wanted =
      chain.number("select required_presses from provisioning.provisionings where id = '" + id + "'");
  for (int i = 0; i < wanted; ++i) CHECK(units[0].press());
  REQUIRE(chain.becomes(id, "proven"));
  CHECK(chain.complete(user, id, "Won"));
  CHECK(eventually([&] { return chain.lines(units[0], "provisioning.completed") == 1; }, 30s));
  CHECK(owned(chain, units[0]) == 1);
  check_settled(chain);
}

TEST_CASE(
    "S7 fifty completions of one proven window at once: one owner, one line, and the same answer for the "
    "same wish") {
  Chain chain;
  auto units = chain.units(1);
  const auto user = chain.technicians(1)[0];
  const auto id = proven_window(chain, user, units[0]);
  std::atomic<int> won{0};
  std::atomic<int> refused{0};
  at_once(50, [&](int i) {
    const auto reply = chain.complete(user, id, "Generator " + std::to_string(i % 5));
    won += reply ? 1 : 0;
    refused += !reply && reply.error().code == core::ErrorCode::conflict ? 1 : 0;
  });
  CHECK(won == 10);
  CHECK(refused == 40);
  CHECK(chain.becomes(id, "completed"));
  CHECK(owned(chain, units[0]) == 1);
  CHECK(eventually([&] { return chain.lines(units[0], "provisioning.completed") == 1; }, 30s));
  CHECK(chain.lines(units[0], "device.assigned") == 1);
  CHECK(chain.number("select assignment_epoch from registry.devices where id = '" + units[0].device.id +
                     "'") == 1);
  check_settled(chain);
}

TEST_CASE("S7 a release in the middle of a completion: before it or after it, and nothing half done") {
  Chain chain;
  auto units = chain.units(10);
  const auto users = chain.technicians(2);
  chain.number("with one as (update registry.users set role = 'admin' where id = '" + users[1] +
               "' returning 1) select 1");
  for (auto& unit : units) {
    const auto first = proven_window(chain, users[0], unit);
    REQUIRE(chain.complete(users[0], first, "Of the first"));
    // Owned: the next takes it over while an admin gives it back.
    const auto second = proven_window(chain, users[0], unit);
    std::atomic<bool> completed{false};
    std::atomic<bool> released{false};
    at_once(2, [&](int i) {
      if (i == 0) completed = chain.complete(users[0], second, "Of the second").has_value();
      if (i == 1)
        released = chain
                       .call("registry", "release_device", users[1],
                             {{"serial", unit.serial}, {"idempotencyKey", core::random_hex(8)}})
                       .has_value();
    });
    CHECK(released);
    INFO("completed: " << completed);
    CHECK(chain.becomes(second, completed ? "completed" : "superseded"));
    CHECK(
        eventually([&] { return chain.lines(unit, "provisioning.completed") == (completed ? 2 : 1); }, 30s));
    CHECK(chain.lines(unit, "device.released") == 1);
    CHECK(owned(chain, unit) == 0);  // a hand-over that wins comes before the release, else it is refused
    const auto key =
        "from registry.credentials where revoked_at is null and device_id = '" + unit.device.id + "'";
    CHECK(chain.number(std::string("select count(*) ") + key) == 1);
  }
  check_settled(chain);
}

TEST_CASE("S7 a press and the end of the window in the same millisecond: either or, two hundred times") {
  Scene scene;
  testing::FakeClock clock(core::SystemClock().now());
  scene.start(clock);
  PlayedDevice wanted;
  wanted.window_s = 30;
  int proven = 0;
  for (int round = 0; round < 200; ++round) {
    const auto device = scene.registry.add(wanted);
    const auto id = scene.open_window(scene.anna, device);
    const auto end = clock.now() + 30s;
    const auto last = end - 1ms;
    std::thread timer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(round % 10));  // about as long as the press takes
      clock.set(end);
    });
    CHECK(scene.ingest.press(id, core::random_hex(8), last));
    timer.join();
    const auto shown = Scene::ok(scene.gateway.get(scene.anna, id)).at("provisioning");
    CHECK(shown.at("state") == "expired");
    const bool heard = !shown.at("presence").at("provenAt").is_null();
    proven += heard ? 1 : 0;
    CHECK(scene.detail(scene.gateway.complete(scene.anna, id)) == "window_closed");
    // One line for each act, and the proof only before the end.
    std::vector<std::string> life = {"provisioning.opened"};
    if (heard) life.emplace_back("provisioning.proven");
    life.emplace_back("provisioning.expired");
    life.emplace_back("provisioning.refused");
    CHECK(eventually([&] { return scene.registry.acts(device.serial) == life; }));
  }
  CHECK(scene.registry.assignments() == 0);
  WARN(proven << " of 200 were proven a millisecond before the end");
}
