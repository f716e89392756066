// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <csignal>

#include "fixture/broker_fixture.hpp"
#include "fixture/wire.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using turnkey::testing::eventually;

namespace {

constexpr int kCrowd = 500;  // Mosquitto by itself has room for 100

}  // namespace

TEST_CASE("S21: hundreds who come while the broker is busy find room to wait, and are served afterwards") {
  const OneDevice one;
  const Device& device = one.device;
  TestBroker& broker = *one.broker;

  broker.signal(SIGSTOP);
  std::vector<std::unique_ptr<Wire>> crowd;
  for (int i = 0; i < kCrowd; ++i) crowd.push_back(std::make_unique<Wire>(broker.port()));  // else it hangs
  broker.signal(SIGCONT);

  const std::string connect = packet(0x10, field("MQTT") + std::string("\x04\xC2\0\0", 4) + field(device.id) +
                                               field(device.access_key) + field(device.secret));
  crowd.back()->send(connect);
  CHECK(crowd.back()->read(4) == std::string("\x20\x02\0\0", 4));
}
