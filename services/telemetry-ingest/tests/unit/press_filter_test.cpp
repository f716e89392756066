// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "domain/press_filter.hpp"
#include "outbound/contract_reader.hpp"
#include "testing/fake_clock.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace std::chrono_literals;

namespace {

const std::string kDevice = "aaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kOther = "bbbbbbbbbbbbbbbbbbbbbbbb";
const std::string kPressed = R"({"data":{"register_button":true,"power":12}})";

struct Setup {
  testing::FakeClock clock;
  PressFilter filter{find_presses_in, [](const std::string& device) -> std::optional<std::string> {
                       if (device == kOther) return std::nullopt;  // not known here
                       return "register_button";
                     }};
  int reports = 0;

  OpenWindow window(const std::string& id, core::Millis before = 60s, core::Millis after = 240s) const {
    return {id, clock.now() - before, clock.now() + after};
  }
  std::vector<Announcement> open(std::vector<OpenWindow> windows, const std::string& device = kDevice,
                                 const std::string& attribute = "register_button") {
    return filter.windows(device, attribute, std::move(windows), clock.now());
  }
  SeenReport report(const std::string& payload, const std::string& device = kDevice) {
    return {device, "0123456789abcdef-0-" + std::to_string(reports++), clock.now(), false, payload};
  }
  Heard hear(SeenReport one) { return filter.report(std::move(one), clock.now()); }
  std::vector<Announcement> send(SeenReport one) { return hear(std::move(one)).told; }
  std::vector<Announcement> press() { return send(report(kPressed)); }
};

}  // namespace

TEST_CASE_METHOD(Setup, "a press is told to each open window of its device, with its id, stamp and count") {
  open({window("one"), window("two")});
  const auto told = send(report(R"({"data":{"register_button":3}})"));
  REQUIRE(told.size() == 2);
  CHECK(told[0].provisioning_id == "one");
  CHECK(told[1].provisioning_id == "two");
  CHECK(told[0].press.id() == "0123456789abcdef-0-0#0");
  CHECK((told[0].press.at == clock.now()));
  CHECK(told[0].press.count == 3);
}

TEST_CASE_METHOD(Setup, "a device without windows, and a report without the button, tell nothing") {
  CHECK(press().empty());
  open({window("one")}, kOther);
  open({window("two")});
  clock.advance(10s);
  CHECK(send(report(R"({"data":{"power":12}})")).empty());
  CHECK(send(report("not json register_button")).empty());
}

TEST_CASE_METHOD(Setup,
                 "a press counts in the first and in the last millisecond of a window and not beyond [S6]") {
  const auto stamp = clock.now();
  const auto at = [&](core::Timestamp time) {
    auto one = report(kPressed);
    one.at = time;
    return send(std::move(one)).size();
  };
  open({{"one", stamp, stamp + 300s}});
  CHECK(at(stamp - 1ms) == 0);
  CHECK(at(stamp) == 1);
  CHECK(at(stamp + 300s) == 1);
  CHECK(at(stamp + 300s + 1ms) == 0);
}

TEST_CASE_METHOD(Setup, "a retained or duplicate-marked press proves nothing [S8]") {
  open({window("one")});
  auto marked = report(kPressed);
  marked.marked = true;
  CHECK(send(marked).empty());
  CHECK(open({window("two")}).empty());
  CHECK(filter.within(kDevice, window("one")).empty());
}

TEST_CASE_METHOD(Setup, "a report that comes again is no second press, whenever its window opens [S8]") {
  open({window("one")});
  const auto first = report(kPressed);
  CHECK(send(first).size() == 1);
  CHECK(send(first).empty());
  clock.advance(30min);
  CHECK(send(first).empty());
  const auto told = open({window("two", 60min)});
  REQUIRE(told.size() == 1);
  CHECK(told[0].press.id() == first.report_id + "#0");
}

TEST_CASE_METHOD(Setup,
                 "after a restart a press that the database knows is told as the same one, and is none when "
                 "its report comes again [S8]") {
  open({window("one")});
  const auto before = report(kPressed);
  filter.remember(kDevice, {before.report_id, 0, before.at, 1});
  const auto told = send(before);
  REQUIRE(told.size() == 1);
  CHECK(told[0].press.id() == before.report_id + "#0");
  CHECK(send(before).empty());
  CHECK(open({window("two", -1ms)}).empty());
  CHECK(filter.within(kDevice, window("one")).size() == 1);
}

TEST_CASE_METHOD(Setup, "a queued report that was stamped before the window does not count in it [S8]") {
  auto queued = report(kPressed);
  queued.at = clock.now() - 61s;
  open({window("one", 60s)});
  CHECK(send(queued).empty());
}

TEST_CASE_METHOD(Setup, "a device clock that is an hour off does not matter, early or late [S8]") {
  open({window("one")});
  const auto time = GENERATE(-3600, 3600);
  const auto device_ms = core::to_epoch_ms(clock.now()) + time * 1000;
  CHECK(send(report(R"({"time":)" + std::to_string(device_ms) + R"(,"data":{"register_button":true}})"))
            .size() == 1);
}

TEST_CASE_METHOD(Setup, "of a backlog only what was made within 5 s of its newest report counts [S8]") {
  open({window("one")});
  const auto item = [](std::int64_t ms) {
    return R"({"time":)" + std::to_string(ms) + R"(,"data":{"register_button":true}})";
  };
  const auto newest = core::to_epoch_ms(clock.now());
  const auto told = send(report("[" + item(newest - 3'600'000) + "," + item(newest - 5001) + "," +
                                item(newest - 5000) + "," + item(newest) + "]"));
  REQUIRE(told.size() == 2);
  CHECK(told[0].press.index == 2);
  CHECK(told[1].press.index == 3);
}

TEST_CASE_METHOD(Setup, "the release of the button counts nothing") {
  open({window("one")});
  CHECK(send(report(R"({"data":{"register_button":false}})")).empty());
  CHECK(send(report(R"({"data":{"register_button":0}})")).empty());
}

TEST_CASE_METHOD(Setup, "a window that is heard of after its press is told of it, once, however late") {
  const auto late = GENERATE(0ms, 20s, 10min);
  CHECK(press().empty());
  clock.advance(late);
  CHECK(open({window("one", late + 1s)}).size() == 1);
  CHECK(open({window("one", late + 1s)}).empty());
}

TEST_CASE_METHOD(
    Setup, "the stamp decides, not the order of arrival: a press before the window opened is not told") {
  CHECK(press().empty());
  clock.advance(1s);
  CHECK(open({window("one", 999ms)}).empty());
  CHECK(open({window("one", 1000ms)}).size() == 1);
}

TEST_CASE_METHOD(Setup,
                 "the look back works for a device whose button is not known before the window says it") {
  CHECK(send(report(R"({"data":{"knob":true}})", kOther)).empty());
  clock.advance(2s);
  CHECK(open({window("one")}, kOther, "knob").size() == 1);
}

TEST_CASE_METHOD(Setup,
                 "a second window that opens after the first was told does not inherit an older press [S9]") {
  open({window("one")});
  CHECK(press().size() == 1);
  clock.advance(1s);
  CHECK(open({window("one"), window("two", 0s)}).empty());
  CHECK(press().size() == 2);
}

TEST_CASE_METHOD(Setup, "windows that are taken back are told nothing more") {
  open({window("one")});
  open({});
  CHECK(press().empty());
  CHECK(filter.devices_with_windows() == 0);
}

TEST_CASE_METHOD(Setup, "windows that ended are forgotten, and presses after an hour") {
  open({window("one", 0s, 10s)});
  press();
  clock.advance(2min);
  filter.forget_old(clock.now());
  CHECK(filter.devices_with_windows() == 0);
  CHECK(filter.presses() == 1);
  clock.advance(59min);
  filter.forget_old(clock.now());
  CHECK(filter.presses() == 0);
}

TEST_CASE_METHOD(Setup, "presses of the last hour are given for a window, of other devices none") {
  press();
  clock.advance(10s);
  press();
  const auto all = filter.within(kDevice, window("any"));
  CHECK(all.size() == 2);
  CHECK(filter.within(kDevice, window("any", 5s)).size() == 1);
  CHECK(filter.within(kOther, window("any")).empty());
}

TEST_CASE("what is kept is bounded: for each device, in all, and of reports") {
  PressMemory memory({.each_device = 3, .all = 5});
  for (std::size_t i = 0; i < 10; ++i) {
    memory.add(kDevice, {"r" + std::to_string(i), 0, core::Timestamp(std::chrono::seconds(i)), 1});
    memory.add(kOther, {"r" + std::to_string(i), 0, core::Timestamp(std::chrono::seconds(i)), 1});
  }
  CHECK(memory.size() == 5);
  CHECK(memory.of(kDevice)->size() + memory.of(kOther)->size() == 5);
  CHECK(memory.of(kOther)->back().press.report_id == "r9");

  Setup setup;
  for (int i = 0; i < 5000; ++i) setup.send(setup.report(std::string(1000, 'x'), kOther));
  CHECK(setup.filter.reports_kept() <= 1049);
}

TEST_CASE_METHOD(
    Setup, "a press of a device without a window is a stray one, once, while others have windows [S8]") {
  open({window("one")}, "cccccccccccccccccccccccc");
  const auto one = report(kPressed);
  const auto heard = hear(one);
  CHECK(heard.told.empty());
  REQUIRE(heard.stray);
  CHECK(heard.stray->device_id == kDevice);
  CHECK((heard.stray->at == one.at));
  CHECK(heard.stray->somebody_waits);
  CHECK_FALSE(hear(one).stray);
}

TEST_CASE_METHOD(Setup, "a press of a device that has a window is never a stray one") {
  open({window("later", -60s, 300s)});
  CHECK_FALSE(hear(report(kPressed)).stray);
  open({window("one")});
  CHECK_FALSE(hear(report(kPressed)).stray);
  open({});
  CHECK(hear(report(kPressed)).stray);
}

TEST_CASE_METHOD(Setup, "where no device has a window, nobody waits beside the one that was pressed") {
  const auto heard = hear(report(kPressed));
  REQUIRE(heard.stray);
  CHECK_FALSE(heard.stray->somebody_waits);
}

TEST_CASE_METHOD(Setup, "what is no press made now is no stray one either [S8]") {
  open({window("one")}, "cccccccccccccccccccccccc");
  auto one = report(kPressed);
  SECTION("retained or sent again") { one.marked = true; }
  SECTION("without the broker's id") { one.report_id.clear(); }
  SECTION("a release") { one.payload = R"({"data":{"register_button":false}})"; }
  SECTION("another value") { one.payload = R"({"data":{"power":12}})"; }
  SECTION("of a device that is not known") { one.device_id = kOther; }
  SECTION("known from the database") { filter.remember(kDevice, {one.report_id, 0, one.at, 1}); }
  SECTION("stamped long ago") { one.at = clock.now() - 5s - 1ms; }
  SECTION("of a backlog") {
    one.payload = R"([{"time":-60000,"data":{"register_button":true}},{"time":-1,"data":{"power":1}}])";
  }
  CHECK_FALSE(hear(one).stray);
}

TEST_CASE_METHOD(Setup, "a window that appears after the press makes no stray one of what is remembered") {
  open({window("one")}, "cccccccccccccccccccccccc");
  CHECK(hear(report(kPressed)).stray);
  CHECK(open({window("two")}).size() == 1);
}
