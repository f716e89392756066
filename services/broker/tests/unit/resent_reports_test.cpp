// SPDX-License-Identifier: Apache-2.0
#include "domain/resent_reports.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace turnkey::broker;
using namespace std::chrono_literals;

namespace {

struct Setup {
  ResentReports reports;
  DeviceId device = *DeviceId::parse("0123456789abcdef01234567");
  ResentReports::Instant now{};
  int first = 0;
  int second = 0;
  std::uint32_t index = 0;
  std::int64_t now_ms = 0;
  bool keeps_session = true;

  // A report as the broker takes it: its place in the journal, the old one for a repeated one.
  std::uint32_t report(const int& client, const std::string& payload, std::int64_t at_ms = 0) {
    const ResentReports::Report report{&client, keeps_session, "devices/d/state", payload};
    const auto again = reports.repeated(report, now);
    if (again) return again->position.index;
    reports.remember(report, {{0, index}, at_ms});
    return index++;
  }
  // While another one lives it takes that over.
  void connect(const int& client) { reports.connected(&client, device, now_ms, now); }
  void end(const int& client) { reports.ended(&client); }
};

}  // namespace

TEST_CASE_METHOD(Setup,
                 "what a device sends again after a break, first and in order, are the reports of before") {
  connect(first);
  for (const char* payload : {"a", "b", "c"}) report(first, payload);
  connect(second);
  CHECK(report(second, "b") == 1);
  CHECK(report(second, "c") == 2);
  CHECK(report(second, "b") == 3);  // nothing is left that could be repeated
  CHECK(report(second, "c") == 4);
}

TEST_CASE_METHOD(Setup, "a new report ends the repeating, whatever comes after it") {
  connect(first);
  for (const char* payload : {"a", "b"}) report(first, payload);
  connect(second);
  CHECK(report(second, "new") == 2);
  CHECK(report(second, "b") == 3);
}

TEST_CASE_METHOD(Setup, "out of order nothing is a repetition") {
  connect(first);
  for (const char* payload : {"a", "b", "c"}) report(first, payload);
  connect(second);
  CHECK(report(second, "a") == 0);
  CHECK(report(second, "c") == 3);
}

TEST_CASE_METHOD(Setup, "of equal reports as few as possible count as repeated") {
  connect(first);
  for (int i = 0; i < 3; ++i) report(first, "same");
  connect(second);
  CHECK(report(second, "same") == 2);
  CHECK(report(second, "same") == 3);
}

TEST_CASE_METHOD(Setup, "a device that comes, says the same and goes, is heard every time") {
  for (std::uint32_t time = 0; time < 4; ++time) {
    connect(first);
    CHECK(report(first, "pressed") == time);
    end(first);
  }
  CHECK(reports.devices() == 0);
}

TEST_CASE_METHOD(Setup, "a report whose PUBACK is lost twice is the same one still, for two minutes") {
  connect(first);
  report(first, "a");
  connect(second);
  CHECK(report(second, "a") == 0);
  connect(first);
  CHECK(report(first, "a") == 0);
  now_ms = ResentReports::kYoungMs + 1;
  connect(second);
  CHECK(report(second, "a", now_ms) == 1);
}

TEST_CASE_METHOD(Setup, "without a kept session, or too late, nothing is repeated") {
  connect(first);
  SECTION("no session") {
    keeps_session = false;
    report(first, "a");
    connect(second);
  }
  SECTION("the new one keeps none") {
    report(first, "a");
    connect(second);
    keeps_session = false;
  }
  SECTION("late") {
    report(first, "a");
    connect(second);
    now += ResentReports::kPatience + 1ms;
  }
  CHECK(report(second, "a") == 1);
}

TEST_CASE_METHOD(Setup,
                 "reports well before the last one had their PUBACK, and so had all but the last twenty") {
  connect(first);
  report(first, "old", 0);
  report(first, "young", ResentReports::kSettledMs + 1);
  connect(second);
  CHECK(report(second, "old") == 2);
  end(second);
  connect(first);
  for (std::size_t i = 0; i <= ResentReports::kMost; ++i) report(first, "n" + std::to_string(i));
  connect(second);
  CHECK(report(second, "n0") == 24);
}

TEST_CASE_METHOD(Setup, "the late end of a connection that was taken over changes nothing") {
  connect(first);
  report(first, "a");
  connect(second);
  end(first);
  CHECK(report(second, "a") == 0);
}

TEST_CASE_METHOD(Setup, "the same words on another topic are another report") {
  connect(first);
  report(first, "a");
  connect(second);
  CHECK_FALSE(reports.repeated({&second, true, "losant/d/state", "a"}, now));
}

TEST_CASE_METHOD(Setup, "after a kill the journal's last reports count as those of connections that broke") {
  reports.recovered(device, "devices/d/state", "a", {{7, 3}, 100}, now);
  connect(first);
  const auto again = reports.repeated({&first, true, "devices/d/state", "a"}, now);
  REQUIRE(again);
  CHECK(again->position == JournalPosition{7, 3});
  CHECK(again->received_ms == 100);
  end(first);
  CHECK(reports.devices() == 0);
  reports.recovered(device, "devices/d/state", "a", {{7, 3}, 100}, now);
  connect(first);
  end(first);  // it said nothing
  connect(second);
  CHECK(report(second, "a") == 3);
  end(second);
  reports.recovered(device, "devices/d/state", "a", {{7, 3}, 100}, now);
  now += ResentReports::kKept + 1s;
  reports.forget_old(now);
  CHECK(reports.devices() == 0);
}
