// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "testing/broker.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

bus::Publication publication(std::string topic, std::string payload) {
  bus::Publication out;
  out.topic = std::move(topic);
  out.payload = std::move(payload);
  return out;
}

}  // namespace

TEST_CASE("a message arrives with its payload and user properties") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::atomic<int> right{0};
  const std::string large(200'000, 'x');
  client.subscribe("a/+", 1, [&](const bus::Message& message) {
    right +=
        message.payload == large && message.user_property("turnkey-id") == "7" && !message.retained ? 1 : 100;
  });
  client.start();
  REQUIRE(client.wait_connected(10s));
  auto message = publication("a/b", large);
  message.user = {{"turnkey-id", "7"}};
  REQUIRE(client.publish_and_wait(message, 5s));
  CHECK(eventually([&] { return right == 1; }));
}

TEST_CASE("after the broker was killed every subscription, shared ones too, is there again") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::atomic<int> shared{0};
  std::atomic<int> plain{0};
  std::atomic<int> connects{0};
  client.subscribe("$share/group/s/+", 1, [&](const auto&) { ++shared; });
  client.subscribe("p", 1, [&](const auto&) { ++plain; });
  client.on_connected([&] { ++connects; });
  client.start();
  REQUIRE(client.wait_connected(10s));
  broker.kill_now();
  REQUIRE(eventually([&] { return !client.connected(); }));
  CHECK_FALSE(client.publish(publication("p", "lost")));
  broker.start_again();
  REQUIRE(client.wait_connected(15s));
  CHECK(client.publish_and_wait(publication("s/1", "x"), 5s));
  CHECK(client.publish_and_wait(publication("p", "x"), 5s));
  CHECK(eventually([&] { return shared == 1 && plain == 1 && connects == 2; }));
}

TEST_CASE("fifty publications with QoS 1, each waited for, do not wait for Nagle's algorithm") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  client.start();
  REQUIRE(client.wait_connected(10s));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) REQUIRE(client.publish_and_wait(publication("p", "x"), 5s));
  // With Nagle against delayed acknowledgements each takes 40 to 90 ms: 2 to 4.5 s.
  CHECK(std::chrono::steady_clock::now() - began < 1500ms);
}

TEST_CASE("a full queue holds back the network and loses nothing") {
  testing::OpenBroker broker;
  auto options = broker.client("slow");
  options.queue_limit = 4;
  bus::Client slow(options);
  bus::Client sender(broker.client("sender"));
  std::mutex mutex;
  std::set<std::string> seen;
  std::atomic<bool> hold{true};
  slow.subscribe("n", 1, [&](const bus::Message& message) {
    eventually([&] { return !hold.load(); });
    const std::lock_guard lock(mutex);
    seen.insert(message.payload);
  });
  slow.start();
  sender.start();
  REQUIRE(slow.wait_connected(10s));
  REQUIRE(sender.wait_connected(10s));
  for (int i = 0; i < 40; ++i) CHECK(sender.publish(publication("n", std::to_string(i))));
  hold = false;
  CHECK(eventually([&] {
    const std::lock_guard lock(mutex);
    return seen.size() == 40;
  }));
}

TEST_CASE("an exception out of a handler is caught and the next message is handled") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::atomic<int> handled{0};
  client.subscribe("x", 1, [&](const bus::Message& message) {
    if (message.payload == "bad") throw std::runtime_error("bad");
    ++handled;
  });
  client.start();
  REQUIRE(client.wait_connected(10s));
  client.publish(publication("x", "bad"));
  client.publish(publication("x", "good"));
  CHECK(eventually([&] { return handled == 1; }));
}

TEST_CASE("MQTT 3.1.1 works as firmware speaks it") {
  testing::OpenBroker broker;
  auto options = broker.client("0123456789abcdef01234567");
  options.protocol = 4;
  bus::Client device(options);
  std::atomic<int> commands{0};
  device.subscribe("devices/0123456789abcdef01234567/command", 1, [&](const auto&) { ++commands; });
  device.start();
  REQUIRE(device.wait_connected(10s));
  CHECK(device.publish_and_wait(publication("devices/0123456789abcdef01234567/command", "{}"), 5s));
  CHECK(eventually([&] { return commands == 1; }));
}

TEST_CASE("a retained message is known as such") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  client.start();
  REQUIRE(client.wait_connected(10s));
  auto message = publication("r", "kept");
  message.retain = true;
  REQUIRE(client.publish_and_wait(message, 5s));
  std::atomic<bool> retained{false};
  client.subscribe("r", 1, [&](const bus::Message& got) { retained = got.retained; });
  CHECK(eventually([&] { return retained.load(); }));
}

TEST_CASE("handlers that publish while their own queue is full still get through, and nothing is lost") {
  testing::OpenBroker broker;
  auto options = broker.client("relay");
  options.queue_limit = 4;
  bus::Client relay(options);
  bus::Client other(broker.client("other"));
  std::atomic<int> relayed{0};
  relay.subscribe("in", 1, [&](const bus::Message& message) {
    while (!relay.publish(publication("out", message.payload)) && relay.connected()) {
    }
  });
  other.subscribe("out", 1, [&](const auto&) { ++relayed; });
  relay.start();
  other.start();
  REQUIRE(relay.wait_connected(10s));
  REQUIRE(other.wait_connected(10s));
  for (int i = 0; i < 2000; ++i) REQUIRE(other.publish(publication("in", std::to_string(i))));
  CHECK(eventually([&] { return relayed == 2000; }, 20s));
}
