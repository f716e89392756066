// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

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

TEST_CASE("thirty thousand filters are there again after the broker was killed, each with its own messages") {
  constexpr int kFilters = 30'000;
  constexpr int kStep = 1'499;  // the places in a packet are looked at one after the other
  testing::OpenBroker broker;
  bus::Client client(broker.client("one"));
  std::mutex mutex;
  std::set<std::string> arrived;
  for (int i = 0; i < kFilters; ++i) {
    client.subscribe("t/" + std::to_string(i), 1, [&](const bus::Message& message) {
      const std::lock_guard lock(mutex);
      arrived.insert(message.topic);
    });
  }
  client.start();
  REQUIRE(client.wait_connected(20s));
  broker.kill_now();
  REQUIRE(eventually([&] { return !client.connected(); }));
  broker.start_again();
  REQUIRE(client.wait_connected(20s));
  std::set<std::string> sent;
  for (int i = 0; i < kFilters; i += kStep) {
    sent.insert("t/" + std::to_string(i));
    CHECK(client.publish_and_wait(publication("t/" + std::to_string(i), "x"), 5s));
  }
  CHECK(eventually([&] {
    const std::lock_guard lock(mutex);
    return arrived == sent;
  }));
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

TEST_CASE("a shared filter that is given up while the client still connects takes nothing from the others") {
  testing::OpenBroker broker;
  bus::Client other(broker.client("other"));
  std::atomic<int> taken{0};
  other.subscribe("$share/group/s/+", 1, [&](const auto&) { ++taken; });
  other.start();
  REQUIRE(other.wait_connected(10s));
  auto kept = publication("now/1", "x");
  kept.retain = true;
  REQUIRE(other.publish_and_wait(kept, 5s));

  bus::Client client(broker.client("one"));
  std::atomic<int> given_up{0};
  client.subscribe("$share/group/s/+", 1, [](const auto&) {});
  // The broker sends what is kept before it acknowledges the last of the others, which need more than one
  // packet.
  client.subscribe(
      "now/+", 1,
      [&](const auto&) {
        given_up += client.connected() ? 100 : 1;
        client.unsubscribe("$share/group/s/+");
      },
      bus::Dispatch::inline_);
  for (int i = 0; i < 1000; ++i) client.subscribe("z/" + std::to_string(i), 1, [](const auto&) {});
  client.start();
  REQUIRE(client.wait_connected(10s));
  REQUIRE(client.publish_and_wait(publication("z/1", "x"), 5s));
  REQUIRE(given_up == 1);
  for (int i = 0; i < 20; ++i) REQUIRE(other.publish_and_wait(publication("s/1", "x"), 5s));
  CHECK(eventually([&] { return taken == 20; }));
}
