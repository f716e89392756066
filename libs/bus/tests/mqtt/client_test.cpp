// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "publication.hpp"
#include "testing/broker.hpp"
#include "testing/eventually.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using bus::testing::publication;
using testing::eventually;

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

TEST_CASE("the broker is told a receive maximum, without which it would keep what comes without a bound") {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(listen(listener, 1) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  bus::Options options;
  options.port = ntohs(address.sin_port);
  options.client_id = "one";
  bus::Client client(std::move(options));
  client.start();
  pollfd comes{listener, POLLIN, 0};
  REQUIRE(poll(&comes, 1, 10'000) == 1);
  const int socket = accept(listener, nullptr, nullptr);
  std::string connect(1024, '\0');
  connect.resize(static_cast<std::size_t>(std::max<ssize_t>(0, recv(socket, connect.data(), 1024, 0))));
  CHECK(connect.find("\x21\xff\xff") != std::string::npos);  // MQTT 5, section 3.1.2.11.3
  close(socket);
  close(listener);
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
