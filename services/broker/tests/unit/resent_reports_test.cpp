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
  bool keeps_session = true;

  // A report as the broker takes it: its place in the journal, the old one for a repeated one.
  std::uint32_t report(const int& client, const std::string& payload, std::int64_t at_ms = 0) {
    const ResentReports::Report report{&client, keeps_session, "devices/d/state", payload};
    const auto again = reports.repeated(report, now);
    if (again) return again->position.index;
    reports.remember(report, {{0, index}, at_ms});
    return index++;
  }
  void connect(const int& client) { reports.connected(&client, device, now); }
  void end(const int& client) { reports.ended(&client, now); }
};

}  // namespace

TEST_CASE_METHOD(Setup,
                 "what a device sends again after a break, first and in order, are the reports of before") {
  connect(first);
  for (const char* payload : {"a", "b", "c"}) report(first, payload);
  end(first);
  connect(second);
  CHECK(report(second, "b") == 1);
  CHECK(report(second, "c") == 2);
  CHECK(report(second, "b") == 3);  // nothing is left that could be repeated
  CHECK(report(second, "c") == 4);
}

TEST_CASE_METHOD(Setup, "a new report ends the repeating, whatever comes after it") {
  connect(first);
  for (const char* payload : {"a", "b"}) report(first, payload);
  end(first);
  connect(second);
  CHECK(report(second, "new") == 2);
  CHECK(report(second, "b") == 3);
}

TEST_CASE_METHOD(Setup, "out of order nothing is a repetition") {
  connect(first);
  for (const char* payload : {"a", "b", "c"}) report(first, payload);
  end(first);
  connect(second);
  CHECK(report(second, "a") == 0);
  CHECK(report(second, "c") == 3);
}

TEST_CASE_METHOD(Setup, "of equal reports as few as possible count as repeated") {
  connect(first);
  for (int i = 0; i < 3; ++i) report(first, "same");
  end(first);
  connect(second);
  CHECK(report(second, "same") == 2);
  CHECK(report(second, "same") == 3);
}

TEST_CASE_METHOD(Setup, "without a kept session, or too late, nothing is repeated") {
  connect(first);
  report(first, "a");
  SECTION("no session") {
    end(first);
    connect(second);
    keeps_session = false;
  }
  SECTION("late") {
    end(first);
    connect(second);
    now += ResentReports::kPatience + 1ms;
  }
  SECTION("forgotten") {
    end(first);
    now += ResentReports::kKept + 1s;
    reports.forget_old(now);
    CHECK(reports.devices() == 0);
    connect(second);
  }
  CHECK(report(second, "a") == 1);
}

TEST_CASE_METHOD(Setup,
                 "reports well before the last one had their PUBACK, and so had all but the last twenty") {
  connect(first);
  report(first, "old", 0);
  report(first, "young", ResentReports::kSettledMs + 1);
  end(first);
  connect(second);
  CHECK(report(second, "old") == 2);
  end(second);
  for (std::size_t i = 0; i <= ResentReports::kMost; ++i) {
    if (i == 0) connect(first);
    report(first, "n" + std::to_string(i));
  }
  end(first);
  connect(second);
  CHECK(report(second, "n0") == 24);
}

TEST_CASE_METHOD(Setup, "a connection that is taken over broke too, and its late end changes nothing") {
  connect(first);
  report(first, "a");
  connect(second);
  end(first);
  CHECK(report(second, "a") == 0);
}

TEST_CASE_METHOD(Setup, "a second break before anything was repeated leaves what was there") {
  connect(first);
  report(first, "a");
  end(first);
  connect(second);
  end(second);
  connect(first);
  CHECK(report(first, "a") == 0);
}

TEST_CASE_METHOD(Setup, "the same words on another topic are another report") {
  connect(first);
  report(first, "a");
  end(first);
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
}
