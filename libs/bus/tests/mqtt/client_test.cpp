// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "testing/broker.hpp"
#include "testing/eventually.hpp"
#include "testing/process.hpp"

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

TEST_CASE("many are sent in order before the first is acknowledged, and without a broker the answer is no") {
  testing::OpenBroker broker;
  std::vector<std::string> arrived;  // before the client, which still receives when the broker thaws
  std::mutex mutex;
  bus::Client client(broker.client("one"));
  client.subscribe("many/+", 1, [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    arrived.push_back(message.payload);
  });
  client.start();
  REQUIRE(client.wait_connected(10s));
  std::vector<bus::Publication> all;
  std::vector<std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    all.push_back(publication("many/" + std::to_string(i % 7), std::to_string(i)));
    expected.push_back(std::to_string(i));
  }
  CHECK(client.publish_all_and_wait(all, 10s));
  CHECK(client.publish_all_and_wait({}, 1s));
  CHECK(eventually([&] {
    const std::lock_guard lock(mutex);
    return arrived == expected;
  }));
  broker.freeze();
  CHECK_FALSE(client.publish_all_and_wait(all, 200ms));
  broker.thaw();
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

TEST_CASE("fifty messages there and back with QoS 1 do not wait for Nagle's algorithm") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::mutex mutex;
  std::condition_variable changed;
  int arrived = 0;
  client.subscribe("p", 1, [&](const auto&) {
    const std::lock_guard lock(mutex);
    ++arrived;
    changed.notify_all();
  });
  client.start();
  REQUIRE(client.wait_connected(10s));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 1; i <= 50; ++i) {
    // The PUBACK of the one that arrived is not yet acknowledged by TCP when the next one is published.
    REQUIRE(client.publish_and_wait(publication("p", "x"), 5s));
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, 5s, [&] { return arrived == i; }));
  }
  // With Nagle against delayed acknowledgements each takes 40 to 90 ms: 2 to 4.5 s.
  CHECK(std::chrono::steady_clock::now() - began < 1s);
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

TEST_CASE("a handler that waits for an acknowledgement from a full queue gets it") {
  testing::OpenBroker broker;
  auto options = broker.client("relay");
  options.queue_limit = 8;
  bus::Client relay(options);
  std::atomic<int> acknowledged{0};
  relay.subscribe("in", 1, [&](const bus::Message& message) {
    acknowledged += relay.publish_and_wait(publication("out", message.payload), 5s) ? 1 : 0;
  });
  bus::Client other(broker.client("other"));
  relay.start();
  other.start();
  REQUIRE(relay.wait_connected(10s));
  REQUIRE(other.wait_connected(10s));
  for (int i = 0; i < 12; ++i) REQUIRE(other.publish(publication("in", "x")));
  CHECK(eventually([&] { return acknowledged == 12; }, 4s));  // none ran into its five seconds
}

TEST_CASE("what the broker has been told is handled is handled before a clean stop") {
  testing::OpenBroker broker;
  bus::Client sender(broker.client("sender"));
  bus::Client receiver(broker.client("receiver"));
  std::atomic<int> arrived{0};
  std::atomic<int> handled{0};
  std::atomic<bool> hold{true};
  receiver.subscribe(
      "counted", 1, [&](const auto&) { ++arrived; }, bus::Dispatch::inline_);
  receiver.subscribe("work/+", 1, [&](const auto&) {
    eventually([&] { return !hold.load(); });
    ++handled;
  });
  sender.start();
  receiver.start();
  REQUIRE(sender.wait_connected(10s));
  REQUIRE(receiver.wait_connected(10s));
  for (int i = 0; i < 200; ++i) REQUIRE(sender.publish(publication("work/" + std::to_string(i), "x")));
  REQUIRE(sender.publish_and_wait(publication("counted", "x"), 5s));
  REQUIRE(eventually([&] { return arrived == 1; }));  // in order: so the others are queued
  hold = false;
  receiver.stop(5s);
  CHECK(handled == 200);
}

TEST_CASE("stop ends while handlers are busy, wait for the broker, and messages keep coming") {
  testing::OpenBroker broker;
  auto options = broker.client("busy");
  options.queue_limit = 4;
  options.worker_threads = 2;
  bus::Client busy(options);
  bus::Client sender(broker.client("sender"));
  std::atomic<int> running{0};
  busy.subscribe("n", 1, [&](const bus::Message& message) {
    ++running;
    busy.publish_and_wait(publication("out", message.payload), 60s);
    eventually([] { return false; }, 20ms);
  });
  busy.start();
  sender.start();
  REQUIRE(busy.wait_connected(10s));
  REQUIRE(sender.wait_connected(10s));
  for (int i = 0; i < 3000; ++i) REQUIRE(sender.publish(publication("n", "x")));
  REQUIRE(eventually([&] { return running > 0; }));
  const auto began = std::chrono::steady_clock::now();
  busy.stop(200ms);
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  const int after = running;
  CHECK_FALSE(busy.connected());
  CHECK_FALSE(busy.publish(publication("n", "x")));
  busy.stop();  // a second time
  CHECK(running == after);
}

TEST_CASE("stop ends when the broker has never been there, and a publication then is refused") {
  bus::Options options;
  options.port = testing::free_port();
  options.client_id = "alone";
  bus::Client alone(options);
  alone.start();
  CHECK_FALSE(alone.wait_connected(300ms));
  CHECK_FALSE(alone.publish(publication("a", "b")));
  const auto began = std::chrono::steady_clock::now();
  alone.stop();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("what is not acknowledged is bounded: beyond it the caller keeps its publication") {
  testing::OpenBroker broker;
  auto options = broker.client("one");
  options.outgoing_limit = 10;
  bus::Client client(options);
  client.start();
  REQUIRE(client.wait_connected(10s));
  broker.freeze();
  int taken = 0;
  for (int i = 0; i < 50; ++i) taken += client.publish(publication("a", "b")) ? 1 : 0;
  CHECK(taken == 10);
  CHECK_FALSE(client.publish_and_wait(publication("a", "b"), 100ms));
  broker.thaw();
  CHECK(eventually([&] { return client.publish(publication("a", "b")); }));
}

TEST_CASE("a publication that waits when the broker is killed fails at once, not at its time-out") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::atomic<int> disconnects{0};
  client.on_disconnected([&](const std::string& reason) { disconnects += reason.empty() ? 100 : 1; });
  client.start();
  REQUIRE(client.wait_connected(10s));
  broker.freeze();
  std::thread killer([&] {
    eventually([] { return false; }, 200ms);
    broker.kill_now();
  });
  const auto began = std::chrono::steady_clock::now();
  CHECK_FALSE(client.publish_and_wait(publication("a", "b"), 60s));
  CHECK(std::chrono::steady_clock::now() - began < 10s);
  killer.join();
  CHECK(eventually([&] { return disconnects == 1; }));
}

TEST_CASE("a client whose id another one takes over comes back") {
  testing::OpenBroker broker;
  bus::Client first(broker.client("same"));
  std::atomic<int> connects{0};
  std::atomic<int> got{0};
  first.subscribe("a", 1, [&](const auto&) { ++got; });
  first.on_connected([&] { ++connects; });
  first.start();
  REQUIRE(first.wait_connected(10s));
  {
    bus::Client second(broker.client("same"));
    second.start();
    REQUIRE(second.wait_connected(10s));
    REQUIRE(eventually([&] { return connects >= 2; }));
  }
  REQUIRE(eventually([&] { return first.connected() && first.publish_and_wait(publication("a", "x"), 2s); }));
  CHECK(eventually([&] { return got >= 1; }));
}

TEST_CASE("a filter given up brings no more messages, one added later does at once") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::atomic<int> a{0};
  std::atomic<int> b{0};
  client.subscribe("a", 1, [&](const auto&) { ++a; });
  client.start();
  REQUIRE(client.wait_connected(10s));
  client.unsubscribe("a");
  client.subscribe("b", 1, [&](const auto&) { ++b; });
  REQUIRE(client.publish_and_wait(publication("a", "x"), 5s));
  REQUIRE(client.publish_and_wait(publication("b", "x"), 5s));
  CHECK(eventually([&] { return b == 1; }));
  CHECK(a == 0);
}

TEST_CASE("all MQTT 5 properties travel, and several user properties keep their order") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::mutex mutex;
  std::optional<bus::Message> got;
  client.subscribe("a", 0, [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    got = message;
  });
  client.start();
  REQUIRE(client.wait_connected(10s));
  auto message = publication("a", std::string("\0binary\xff", 8));
  message.qos = 0;
  message.response_topic = "rpc-replies/x";
  message.correlation_data = std::string("\0\1\2", 3);
  message.expiry = 30s;
  message.user = {{"k", "1"}, {"other", "\xc3\xa9"}, {"k", "2"}};
  REQUIRE(client.publish(message));
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return got.has_value();
  }));
  CHECK(got->payload == message.payload);
  CHECK(got->response_topic == message.response_topic);
  CHECK(got->correlation_data == message.correlation_data);
  REQUIRE(got->expiry);
  CHECK(*got->expiry <= 30s);
  CHECK(got->user == message.user);
  CHECK_FALSE(got->user_property("absent"));
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

TEST_CASE("a message whose handler cuts the connection is not acknowledged, and the client comes back") {
  testing::OpenBroker broker;
  bus::Client sender(broker.client("sender"));
  bus::Client client(broker.client("receiver"));
  std::atomic<int> connects{0};
  std::atomic<bool> open{false};
  std::atomic<int> taken{0};
  client.subscribe(
      "t", 1,
      [&](const bus::Message&) {
        if (!open) return client.cut();
        ++taken;
      },
      bus::Dispatch::inline_);
  client.on_connected([&] { ++connects; });
  client.start();
  sender.start();
  REQUIRE(client.wait_connected(10s));
  REQUIRE(sender.wait_connected(10s));
  REQUIRE(eventually([&] { return connects == 1; }));
  sender.publish(publication("t", "refused"));
  REQUIRE(eventually([&] { return connects == 2; }));
  open = true;
  REQUIRE(eventually([&] { return sender.publish_and_wait(publication("t", "taken"), 1s); }));
  CHECK(eventually([&] { return taken == 1; }));
}
