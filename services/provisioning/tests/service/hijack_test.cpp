// SPDX-License-Identifier: Apache-2.0
// Somebody elsewhere opens windows on the device that a technician stands in front of: before, at the moment
// of the press, again and again. Only the technician has a hand on it. Through broker, ingest, registry and
// this service.
#include "chain.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

constexpr int kDevices = 20;
constexpr int kRounds = 10;  // on each device
constexpr auto kPause = 1200ms;
constexpr auto kPatience = 90s;
enum class Attack { before, after, again_and_again };

void sleep(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

// Opens until it works: three others may be there first.
std::string open_patiently(Chain& chain, const std::string& user, const Chain::Unit& unit) {
  std::string id;
  eventually(
      [&] {
        const auto reply = chain.gateway.open(user, unit.serial);
        if (reply) id = reply->at("provisioning").at("id");
        return reply.has_value();
      },
      kPatience);
  return id;
}

void press_times(Chain::Unit& unit, int count) {
  for (int i = 0; i < count; ++i) {
    unit.client->publish(unit.device.state(), R"({"data":{"register_button":true}})");
    sleep(20ms);
  }
}

// Does what the screen says until it says that it is enough.
bool work(Chain& chain, Chain::Unit& unit, const std::string& id) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const auto screen = chain.status(id).provisioning;
    if (screen.state == "proven") return true;
    if (screen.state != "waiting") {
      sleep(5ms);
      continue;
    }
    const bool one = screen.presence.policy == "press";
    press_times(unit, one ? 1 : screen.presence.required_presses);
    // The eye sees at once when the screen asks for something else; a number takes the pause until it is
    // judged.
    const auto answered = [&] {
      const auto now = chain.status(id).provisioning;
      return now.state != "waiting" || (one && now.presence.policy != "press");
    };
    eventually(answered, one ? 2000ms : std::chrono::milliseconds(kPause + 800ms));
  }
  return false;
}

struct Outcome {
  std::atomic<int> served{0};
  std::atomic<int> stolen{0};
};

void attack(Chain& chain, const Chain::Unit& unit, const std::string& attacker, Attack how, int round,
            const std::atomic<bool>& over, Outcome& outcome) {
  std::string last;
  const auto open = [&] {
    const auto reply = chain.gateway.open(attacker, unit.serial);
    if (reply) last = reply->at("provisioning").at("id");
  };
  if (how == Attack::after) sleep(std::chrono::milliseconds(960 + 8 * round));
  open();
  while (how == Attack::again_and_again && !over) {
    sleep(std::chrono::milliseconds(10 + 13 * (round % 7)));
    open();
  }
  while (!over) sleep(10ms);
  if (!last.empty() && chain.complete(attacker, last, "Stolen")) ++outcome.stolen;
}

void one_round(Chain& chain, Chain::Unit& unit, const std::string& technician, const std::string& attacker,
               Attack how, int round, Outcome& outcome) {
  std::atomic<bool> over{false};
  std::thread other([&] { attack(chain, unit, attacker, how, round, over, outcome); });
  if (how == Attack::before) sleep(1s);
  const auto id = open_patiently(chain, technician, unit);
  if (how == Attack::after) sleep(1s);
  const bool proven = !id.empty() && work(chain, unit, id);
  if (proven && chain.complete(technician, id, "Served")) ++outcome.served;
  over = true;
  other.join();
}

}  // namespace

TEST_CASE(
    "S9 who opens from elsewhere before, while and again and again never gets by the technician's presses") {
  Chain chain(Json{{"burstPause_ms", std::chrono::milliseconds(kPause).count()}});
  auto units = chain.units(kDevices);
  const auto technicians = chain.technicians(kDevices);
  const auto attackers = chain.technicians(kDevices);
  Outcome outcome;
  at_once(kDevices, [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    for (int round = 0; round < kRounds; ++round) {
      const auto how = static_cast<Attack>((i + round) % 3);
      one_round(chain, units[at], technicians[at], attackers[at], how, round, outcome);
    }
  });
  CHECK(outcome.served == kDevices * kRounds);
  CHECK(outcome.stolen == 0);
  std::string their_ids;
  for (const auto& attacker : attackers) their_ids += (their_ids.empty() ? "'" : ",'") + attacker + "'";
  const std::string theirs =
      "select count(*) from provisioning.provisionings where user_id in (" + their_ids + ")";
  CHECK(chain.number(theirs + " and proven_at_ms is not null") == 0);
  CHECK(chain.number(theirs) >= kDevices * kRounds / 2);  // they were there
  for (const auto& unit : units) CHECK(chain.lines(unit, "provisioning.completed") <= kRounds);
}
