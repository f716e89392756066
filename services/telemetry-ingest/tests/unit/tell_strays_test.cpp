// SPDX-License-Identifier: Apache-2.0
#include "usecases/tell_strays.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>

#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;
using testing::eventually;
using Outcome = TellStrays::Outcome;

namespace {

// What is told, and how often each thing came of it. Told is nothing while it is shut.
struct Setup {
  std::mutex mutex;
  std::condition_variable opened;
  bool shut = false;
  bool answers = true;
  std::vector<std::string> asked;
  std::map<Outcome, int> outcomes;
  TellStrays::Hooks hooks{.ask =
                              [this](const StrayPress& press) {
                                std::unique_lock lock(mutex);
                                asked.push_back(press.device_id);
                                opened.wait(lock, [this] { return !shut; });
                                return answers;
                              },
                          .counted =
                              [this](Outcome outcome) {
                                const std::lock_guard lock(mutex);
                                ++outcomes[outcome];
                              }};

  void open() {
    const std::lock_guard lock(mutex);
    shut = false;
    opened.notify_all();
  }
  int of(Outcome outcome) {
    const std::lock_guard lock(mutex);
    return outcomes[outcome];
  }
  std::size_t asked_times() {
    const std::lock_guard lock(mutex);
    return asked.size();
  }
  static StrayPress press(const std::string& device, bool somebody_waits = true) {
    return {device, core::Timestamp{}, somebody_waits};
  }
};

}  // namespace

TEST_CASE_METHOD(Setup, "a stray press is told, and one for which nobody waits is only counted [S26]") {
  TellStrays strays(hooks);
  strays.start();
  strays.on_stray(press("a", false));
  strays.on_stray(press("b"));
  CHECK(eventually([&] { return of(Outcome::told) == 1; }));
  CHECK(of(Outcome::nobody_waits) == 1);
  CHECK(asked == std::vector<std::string>{"b"});
}

TEST_CASE_METHOD(Setup, "a device whose button is jammed is told once in its pause [S21]") {
  TellStrays strays(hooks, {.each_device = 60s, .between = 0ms, .news = 60s});
  strays.start();
  for (int i = 0; i < 1000; ++i) strays.on_stray(press("a"));
  strays.on_stray(press("b"));
  CHECK(eventually([&] { return of(Outcome::told) == 2; }));
  CHECK(of(Outcome::repeated) == 999);
  CHECK(asked_times() == 2);
}

TEST_CASE_METHOD(Setup, "a device is told again when its pause is over") {
  TellStrays strays(hooks, {.each_device = 0ms, .between = 0ms, .news = 60s});
  strays.start();
  strays.on_stray(press("a"));
  strays.on_stray(press("a"));
  CHECK(eventually([&] { return of(Outcome::told) == 2; }));
}

TEST_CASE_METHOD(Setup, "who tells never waits for the answer, and the oldest gives way to the new [S21]") {
  shut = true;
  TellStrays strays(hooks, {.each_device = 60s, .between = 0ms, .news = 60s});
  strays.start();
  strays.on_stray(press("first"));
  REQUIRE(eventually([&] { return asked_times() == 1; }));
  for (int i = 0; i < 10'000; ++i) strays.on_stray(press("device " + std::to_string(i)));
  CHECK(strays.waiting() == 64);
  open();
  CHECK(eventually([&] { return strays.waiting() == 0 && of(Outcome::told) == 65; }));
  CHECK(of(Outcome::crowded_out) == 10'000 - 64);
  const std::lock_guard lock(mutex);
  CHECK(asked.size() == 65);
}

TEST_CASE_METHOD(Setup, "what has waited too long is not told any more") {
  shut = true;
  TellStrays strays(hooks, {.each_device = 60s, .between = 0ms, .news = 50ms});
  strays.start();
  strays.on_stray(press("a"));
  REQUIRE(eventually([&] { return asked_times() == 1; }));
  strays.on_stray(press("b"));
  std::this_thread::sleep_for(60ms);
  open();
  CHECK(eventually([&] { return of(Outcome::crowded_out) == 1; }));
  CHECK(asked_times() == 1);
}

TEST_CASE_METHOD(Setup, "a provisioning service that does not answer is counted and not asked again") {
  answers = false;
  TellStrays strays(hooks);
  strays.start();
  strays.on_stray(press("a"));
  CHECK(eventually([&] { return of(Outcome::unanswered) == 1; }));
  strays.stop();
  CHECK(asked_times() == 1);
}
