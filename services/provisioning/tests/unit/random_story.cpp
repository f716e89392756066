// SPDX-License-Identifier: Apache-2.0
#include "fixture/random_story.hpp"

#include <fmt/format.h>

#include "usecases/accept_press.hpp"
#include "usecases/advance.hpp"
#include "usecases/cancel.hpp"
#include "usecases/complete.hpp"
#include "usecases/get.hpp"
#include "usecases/open.hpp"

namespace turnkey::provisioning::tests {
namespace {

constexpr core::Millis kLatest{1000};    // how long a message takes while everything runs
constexpr core::Millis kLookBack{5000};  // a window that appears so long after a press is told of it
const Wish kGood{"Generator 4", "aaaaaaaaaaaaaaaaaaaaaaaa", "kd-60"};

Policy policy_of(std::uint64_t draw) {
  if (draw < 7) return Policy::press;
  return draw < 9 ? Policy::pattern : Policy::none;
}

bool holds(const Provisioning& window, core::Timestamp at) {
  return at >= window.started_at && at <= window.expires_at;  // as ingest does: the last word is not its
}

template <typename Id>
std::string shortly(const Id& id) {
  return id.str().substr(0, 4);
}

}  // namespace

RandomStory::RandomStory(std::uint64_t seed, bool told) : random_(seed), tells_(told) {
  const auto users = 2 + below(3);
  for (std::uint64_t i = 0; i < users; ++i) users_.push_back(core::UserId::random());
  const auto devices = 1 + below(2);
  for (std::uint64_t i = 0; i < devices; ++i) {
    Device device = make_device(policy_of(below(10)));
    device.window = std::chrono::seconds(20 + below(280));
    devices_.push_back(registry_.add(device));
  }
  store_.random_below = [this](std::uint64_t bound) { return below(bound); };
  store_.committed = [this](const auto& device, const auto& arrived, const auto& touched) {
    for (; heard_of_ < store_.statuses.size(); ++heard_of_) say_status(store_.statuses[heard_of_]);
    oracle_.committed(device, arrived, touched);
  };
}

template <typename... Values>
void RandomStory::say(const char* what, const Values&... values) {
  if (!tells_) return;
  told_.push_back(core::to_iso(clock_.now()) + " " + fmt::format(fmt::runtime(what), values...));
}

void RandomStory::say_status(const Provisioning& one) {
  say("  {} v{} {} {} of {}{}", shortly(one.id), one.version, to_string(one.state), one.presses,
      one.required_presses, one.policy == Policy::pattern ? " in a pattern" : "");
}

void RandomStory::run(int steps) {
  for (int i = 0; i < steps; ++i) step();
  finish();
  oracle_.at_rest(registry_.handed_over);
}

void RandomStory::step() {
  const auto draw = below(100);
  if (draw < 18) return open(any_user(), any_device());
  if (draw < 40) return follow_screen(any_user(), any_device());
  if (draw < 46) return press_anyhow(any_device());
  if (draw < 62) return complete();
  if (draw < 65) return cancel();
  if (draw < 67) return device_event(any_device());
  if (draw < 69) return scan_wrongly(any_user());
  if (draw < 71) return jump();
  if (draw < 74) return restart();
  if (draw < 77) return ingest_comes_or_goes();
  if (draw < 81) return deliver_again();
  if (draw < 90) return tick();
  pass(core::Millis(below(4000)));
}

template <typename Work>
void RandomStory::survive(const Work& work) {
  if (chance(4))
    store_.kill_next = chance(50) ? MemoryStore::Kill::before_commit : MemoryStore::Kill::after_commit;
  try {
    work();
    store_.kill_next = MemoryStore::Kill::never;
  } catch (const Killed&) {
    say("killed");
    restart();
    if (chance(70)) work();  // the caller, or the broker, asks again
  }
}

void RandomStory::expect_refusals(std::size_t before, std::size_t more) {
  const auto refused = static_cast<std::size_t>(
      std::count_if(store_.ledger.begin() + static_cast<std::ptrdiff_t>(before), store_.ledger.end(),
                    [](const Fact& fact) { return fact.act == Act::refused; }));
  if (refused != more) throw Violation("one line for each refusal");
}

void RandomStory::open(const core::UserId& user, const Device& device) {
  const bool old_key = keys_ > 0 && chance(10);
  const std::string key = fmt::format("key {}", old_key ? below(static_cast<std::uint64_t>(keys_)) : keys_++);
  survive([&] {
    const auto before = store_.ledger.size();
    const auto opened = provisioning::open(world_, {user, device.serial, key}, soon());
    say("open {} {}: {}", shortly(user), device.serial.str(),
        opened ? shortly(opened->id) : opened.error().detail);
    if (opened) {
      screen(user, device).shown = *opened;
    } else if (opened.error().code == core::ErrorCode::conflict && opened.error().detail == "device_busy") {
      expect_refusals(before, 1);
    }
  });
  tell_of_recent(user, device);
}

// A window that appears is told of the presses that came a moment ago, as far as it holds them; asked, ingest
// knows those before too.
void RandomStory::tell_of_recent(const core::UserId& user, const Device& device) {
  const auto window = std::find_if(store_.rows.rbegin(), store_.rows.rend(), [&](const auto& row) {
    return row.user == user && row.device.id == device.id && row.state == State::waiting;
  });
  if (window == store_.rows.rend()) return;
  for (auto made = made_.rbegin(); made != made_.rend() && made->at + kLookBack >= clock_.now(); ++made) {
    if (made->device != device.id) continue;
    const Press told{window->id, made->id, made->at, made->count};
    ingest_.presses.push_back(told);
    if (holds(*window, made->at)) on_its_way_.push_back({told, clock_.now()});
  }
}

void RandomStory::scan_wrongly(const core::UserId& user) {
  const auto refused = provisioning::open(
      world_, {user, core::Serial::trusted("GEN-UNKNOWN"), fmt::format("key {}", keys_++)}, soon());
  if (refused) throw Violation("an unknown serial opens nothing");
}

void RandomStory::complete() {
  if (store_.rows.empty()) return;
  const Provisioning window =
      store_.rows[store_.rows.size() - 1 - below(std::min<std::size_t>(4, store_.rows.size()))];
  const core::UserId user = chance(90) ? window.user : any_user();
  Wish wish = kGood;
  if (chance(15)) wish.name = chance(50) ? "" : "Another";
  registry_.away = chance(8);
  registry_.answer_is_lost = chance(12);
  registry_.refuse(chance(5) ? "no_consent" : "", chance(50));
  survive([&] {
    const auto before = store_.ledger.size();
    const auto done = provisioning::complete(world_, user, window.id, wish, soon());
    say("complete {}: {}", shortly(window.id), done ? "done" : done.error().detail);
    if (user != window.user && done) throw Violation("nobody completes what another one opened");
    if (!done) expect_refusals(before, done.error().code == core::ErrorCode::conflict ? 1 : 0);
  });
  registry_.away = false;
  registry_.answer_is_lost = false;
  registry_.refuse("");
}

void RandomStory::cancel() {
  if (store_.rows.empty()) return;
  const Provisioning window = store_.rows[below(store_.rows.size())];
  survive([&] { (void)provisioning::cancel(world_, chance(80) ? window.user : any_user(), window.id); });
  say("cancel {}", shortly(window.id));
}

void RandomStory::device_event(const Device& device) {
  registry_.move_epoch(device);
  const auto since = clock_.now() - core::Millis(below(3000));
  survive([&] { end_windows(world_, device.id, chance(50) ? "released" : "assigned", since); });
  say("event of {}", device.serial.str());
}

void RandomStory::look(const core::UserId& user, const Device& device) {
  auto& seen = screen(user, device);
  if (seen.shown) seen.shown = store_.find(seen.shown->id);
}

// A hand begins a pattern when the button was quiet: but right after the one press that was asked for a
// moment ago.
void RandomStory::wait_for_pause(const Device& device, const Screen& seen) {
  if (seen.pressed_once && seen.pressed_for == seen.shown->id) return;
  while (clock_.now() < seen.pressed_at + device.burst_pause) pass(core::Millis(500));
}

void RandomStory::follow_screen(const core::UserId& user, const Device& device) {
  auto& seen = screen(user, device);
  if (chance(70)) look(user, device);
  if (!seen.shown || seen.shown->state != State::waiting) return;
  const bool once = seen.shown->policy == Policy::press;
  // Who has pressed as often as that waits for the screen to change.
  if (once && seen.pressed_for == seen.shown->id && clock_.now() < seen.pressed_at + device.burst_pause)
    return;
  wait_for_pause(device, seen);
  const int wanted = once ? 1 + (chance(20) ? 1 : 0) : seen.shown->required_presses;
  const core::ProvisioningId id = seen.shown->id;
  const bool in_one_report = chance(15);
  for (int i = 0; i < (in_one_report ? 1 : wanted); ++i) {
    press(device, in_one_report ? wanted : 1, user);
    seen.pressed_at = clock_.now();
    seen.pressed_for = id;
    seen.pressed_once = once;
    if (chance(50)) in_between(user, device);
    pass(core::Millis(50 + below(600)));
  }
}

// What others and the machines do while somebody presses.
void RandomStory::in_between(const core::UserId& presser, const Device& device) {
  const core::UserId other = any_user();
  switch (below(6)) {
    case 0:
    case 1:
      if (other != presser) open(other, device);
      return;
    case 2:
      return tick();
    case 3:
      return deliver_again();
    case 4:
      return ingest_comes_or_goes();
    default:
      return restart();
  }
}

void RandomStory::press_anyhow(const Device& device) {
  const auto presses = 1 + below(4);
  for (std::uint64_t i = 0; i < presses; ++i) {
    press(device, static_cast<int>(1 + below(2)), {});
    pass(core::Millis(below(900)));
  }
}

void RandomStory::press(const Device& device, int count, const std::optional<core::UserId>& hand) {
  Made made{device.id, fmt::format("press {}", made_.size()), clock_.now(), count};
  for (const auto& row : store_.rows) {
    if (row.device.id != device.id) continue;
    const bool waits = row.state == State::waiting && clock_.now() < row.expires_at;
    if (hand && row.user == *hand && waits) made.follows = hand;
    ingest_.presses.push_back(
        {row.id, made.id, made.at, count});  // it answers by the times that it is asked for
    if (holds(row, made.at)) on_its_way_.push_back({{row.id, made.id, made.at, count}, made.at});
  }
  made_.push_back(made);
  oracle_.made(made);
  say("{} {} on {}, count {}", made.id, made.follows ? "of " + shortly(*made.follows) : "of anybody",
      device.serial.str(), count);
}

void RandomStory::pass(core::Millis time) {
  for (; time > core::Millis(0); time -= core::Millis(250)) {
    clock_.advance(std::min(time, core::Millis(250)));
    deliver_late();
  }
}

void RandomStory::jump() {
  const bool back = chance(30);
  const core::Millis by(below(chance(30) ? 3'600'000 : 40'000));
  say("the clock jumps by {} ms", back ? -by.count() : by.count());
  if (back) oracle_.clock_went_back();
  clock_.advance(back ? -by : by);
}

void RandomStory::tick() {
  survive([&] {
    advance(world_, true);
    recover_completions(world_);
  });
}

void RandomStory::deliver(std::size_t at) {
  const OnItsWay one = on_its_way_[at];
  on_its_way_.erase(on_its_way_.begin() + static_cast<std::ptrdiff_t>(at));
  say("{} comes to {}", one.press.id, shortly(one.press.provisioning));
  bool done = false;
  while (!done) {
    survive([&] {
      accept_press(world_, one.press);
      done = true;
    });
  }
}

// In any order, none later than kLatest while ingest is there.
void RandomStory::deliver_late() {
  if (ingest_.away) return;
  for (std::size_t at = 0; at < on_its_way_.size();) {
    const bool due = chance(40) || on_its_way_[at].since + kLatest <= clock_.now();
    due ? deliver(at) : void(++at);
  }
}

// Twice, or to a window of the device that does not hold it.
void RandomStory::deliver_again() {
  if (ingest_.presses.empty()) return;
  Press again = ingest_.presses[below(ingest_.presses.size())];
  const auto& other = store_.rows[below(store_.rows.size())];
  if (other.device.id == store_.find(again.provisioning)->device.id) again.provisioning = other.id;
  const auto window = store_.find(again.provisioning);
  if (holds(*window, again.at) && !store_.remembers(again)) return;  // it would come too early instead
  say("{} comes again, to {}", again.id, shortly(again.provisioning));
  survive([&] { accept_press(world_, again); });
}

void RandomStory::ingest_comes_or_goes() {
  ingest_.away = !ingest_.away && chance(60);
  say(ingest_.away ? "ingest is away" : "ingest is there");
  if (ingest_.away) return;
  while (!on_its_way_.empty()) deliver(0);  // in the order of their making, as a queue keeps it
}

void RandomStory::restart() {
  say("restart");
  for (const auto& user : users_) {
    for (const auto& device : devices_) look(user, device);
  }
  (void)recover_presses(world_);
}

// Every fault is over: each claim gets its answer, and the next technician is served.
void RandomStory::finish() {
  ingest_.away = false;
  while (!on_its_way_.empty()) deliver(0);
  recover_completions(world_);
  auto last = clock_.now();  // the clock may have gone back since a window was opened
  for (const auto& row : store_.rows) last = std::max(last, row.expires_at);
  clock_.advance(last - clock_.now() + std::chrono::hours(2));
  advance(world_, true);
  for (const auto& row : store_.rows) {
    if (row.open()) throw Violation("every window ends");
  }
  const core::UserId technician = core::UserId::random();
  const auto opened = provisioning::open(world_, {technician, devices_[0].serial, "last"}, soon());
  if (!opened) throw Violation("the next one may open");
  for (int i = 0; i < opened->required_presses; ++i) press(devices_[0], 1, technician);
  while (!on_its_way_.empty()) deliver(0);
  clock_.advance(devices_[0].burst_pause);
  advance(world_, true);
  if (!provisioning::complete(world_, technician, opened->id, kGood, soon()))
    throw Violation("the next one is served");
}

}  // namespace turnkey::provisioning::tests
