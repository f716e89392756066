// SPDX-License-Identifier: Apache-2.0
#include "domain/waiting_commands.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::broker;
using namespace std::chrono_literals;

namespace {

int g_before = 0;
int g_after = 0;

struct Setup {
  const DeviceId device = *DeviceId::parse("0123456789abcdef01234567");
  const AccessKey key = *AccessKey::parse("0f8fad5b-d9cb-469f-a165-70867728950e");
  const AccessKey other_key = *AccessKey::parse("1f8fad5b-d9cb-469f-a165-70867728950e");
  const WaitingCommands::Receiver away{&g_before, false, device, key};
  const WaitingCommands::Receiver here{&g_before, true, device, key};
  const WaitingCommands::Receiver back{&g_after, true, device, key};
  const WaitingCommands::Instant start{};
  WaitingCommands commands;
};

}  // namespace

TEST_CASE_METHOD(Setup, "a command without a time goes to a device that is there, and waits for none") {
  commands.arrives({});
  CHECK(commands.may_receive(here, start));
  CHECK_FALSE(commands.may_receive(away, start));
  commands.comes_back(&g_after, device);
  CHECK_FALSE(commands.may_receive(back, start));  // what was under way as the connection broke
  CHECK(commands.devices() == 0);
}

TEST_CASE_METHOD(Setup, "a command with a time waits until the last moment of it, and not at its end") {
  commands.arrives(60s);
  CHECK(commands.may_receive(away, start));
  commands.comes_back(&g_after, device);
  CHECK(commands.may_receive(back, start + 60s - 1ns));
  CHECK_FALSE(commands.may_receive(back, start + 60s));
  commands.arrives({});
  CHECK(commands.may_receive(back, start + 60s));  // a new one
  commands.forget_over(start + 60s - 1ns);
  CHECK(commands.devices() == 1);
  commands.forget_over(start + 60s);
  CHECK(commands.devices() == 0);
}

TEST_CASE_METHOD(Setup, "a command that was sent into a dead connection comes with the next one") {
  commands.arrives(60s);
  CHECK(commands.may_receive(here, start));
  commands.comes_back(&g_after, device);
  CHECK(commands.may_receive(back, start + 1s));
}

TEST_CASE_METHOD(Setup, "a device that comes back with another key gets nothing that waited [S14]") {
  commands.arrives(60s);
  CHECK(commands.may_receive(away, start));
  commands.comes_back(&g_after, device);
  WaitingCommands::Receiver of_another = back;
  of_another.key = other_key;
  CHECK_FALSE(commands.may_receive(of_another, start));
}

TEST_CASE_METHOD(Setup, "a hundred commands wait for a device, and one more does not [S21]") {
  for (int i = 0; i < WaitingCommands::kMostOfADevice; ++i) {
    commands.arrives(60s);
    CHECK(commands.may_receive(away, start));
  }
  commands.arrives(60s);
  CHECK_FALSE(commands.may_receive(away, start));
  CHECK(commands.may_receive(here, start));
  commands.comes_back(&g_after, device);
  CHECK(commands.may_receive(back, start));
  commands.arrives(60s);
  CHECK(commands.may_receive(away, start));
}
