// SPDX-License-Identifier: Apache-2.0
#include "bus/worker.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "testing/eventually.hpp"

using namespace std::chrono_literals;
using turnkey::bus::Worker;
using turnkey::testing::eventually;

namespace {

// Holds one thread of a worker until it is opened.
struct Gate {
  std::atomic<bool> entered{false};
  std::atomic<bool> open{false};
  Worker::Task task() {
    return [this] {
      entered = true;
      eventually([this] { return open.load(); });
    };
  }
};

}  // namespace

TEST_CASE("a queue takes as many tasks, and as many bytes, as it may hold") {
  Gate gate;
  Worker worker(1, 3, 100);
  worker.start();
  REQUIRE(worker.try_push(gate.task()));
  REQUIRE(eventually([&] { return gate.entered.load(); }));
  CHECK(worker.try_push([] {}, 60));
  CHECK(worker.try_push([] {}, 60));       // below the limit before it
  CHECK_FALSE(worker.try_push([] {}, 1));  // 120 bytes wait
  CHECK(worker.push_always([] {}));
  gate.open = true;
  CHECK(worker.wait_idle(5s));
  CHECK(worker.try_push([] {}, 1));
}

TEST_CASE("who fills a full queue waits until there is room, and is let go by stop") {
  Gate gate;
  Worker worker(1, 1);
  worker.start();
  REQUIRE(worker.push(gate.task()));
  REQUIRE(eventually([&] { return gate.entered.load(); }));
  REQUIRE(worker.push([] {}));
  std::atomic<int> pushed{0};
  std::thread filler([&] {
    pushed += worker.push([] {}) ? 1 : 10;
    gate.entered = false;
    gate.open = false;
    worker.push(gate.task());
    worker.push([] {});
    pushed += worker.push([] {}) ? 10 : 1;  // stopped meanwhile
  });
  CHECK_FALSE(eventually([&] { return pushed > 0; }, 50ms));
  gate.open = true;
  REQUIRE(eventually([&] { return pushed == 1 && gate.entered; }));
  std::thread stopper([&] { worker.stop(); });
  CHECK(eventually([&] { return pushed == 2; }));
  gate.open = true;
  stopper.join();
  filler.join();
  CHECK_FALSE(worker.push([] {}));
}

TEST_CASE("while a task waits for the broker its queue takes twice as much, and no more") {
  Worker worker(1, 2);
  worker.start();
  Gate gate;
  worker.push([&] {
    const Worker::WaitsForBroker waits;
    gate.task()();
  });
  REQUIRE(eventually([&] { return gate.entered.load(); }));
  for (int i = 0; i < 4; ++i) CHECK(worker.push([] {}));  // would wait for ever at two
  std::atomic<bool> fifth{false};
  std::thread filler([&] { fifth = worker.push([] {}); });
  CHECK_FALSE(eventually([&] { return fifth.load(); }, 50ms));
  gate.open = true;
  filler.join();
  CHECK(fifth);
  const Worker::WaitsForBroker not_a_worker;  // does nothing here
}

TEST_CASE("tasks run in order on one thread, at the same time on two") {
  Worker one(1, 1000);
  one.start();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) one.push([&order, i] { order.push_back(i); });
  REQUIRE(one.wait_idle(5s));
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(order.size() == 100);
  Worker two(2, 1000);
  two.start();
  Gate first;
  Gate second;
  two.push(first.task());
  two.push(second.task());
  CHECK(eventually([&] { return first.entered && second.entered; }));
  CHECK_FALSE(two.wait_idle(20ms));
  first.open = second.open = true;
}
