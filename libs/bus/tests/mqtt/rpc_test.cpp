// SPDX-License-Identifier: Apache-2.0
#include "bus/rpc.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "core/unavailable.hpp"
#include "testing/broker.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using contracts::Json;

namespace {

// A caller and a service on one broker.
struct Pair {
  explicit Pair(int threads = 2)
      : service(broker.client("service-1")),
        client(broker.client("caller-1")),
        caller(client),
        server(service, "echo", threads) {}
  void start() {
    server.start();
    service.start();
    client.start();
    REQUIRE(service.wait_connected(10s));
    REQUIRE(client.wait_connected(10s));
  }
  testing::OpenBroker broker;
  bus::Client service;
  bus::Client client;
  bus::RpcCaller caller;
  bus::RpcServer server;
};

}  // namespace

TEST_CASE("a request is answered and carries its correlation id") {
  Pair pair;
  std::string seen;
  pair.server.on("say", [&](const Json& request, const bus::CallContext& context) -> core::Result<Json> {
    seen = context.correlation_id;
    return Json{{"said", request.at("word")}};
  });
  pair.start();
  const auto reply = pair.caller.call("echo", "say", {{"word", "hello"}}, "browser-1");
  REQUIRE(reply);
  CHECK(reply->at("said") == "hello");
  CHECK(seen == "browser-1");
}

TEST_CASE("errors, exceptions, absent parts and unknown methods become codes") {
  Pair pair;
  pair.server.on("refuse", [](const auto&, const auto&) -> core::Result<Json> {
    return core::conflict("busy", "device_busy");
  });
  pair.server.on("throw", [](const auto&, const auto&) -> core::Result<Json> {
    throw std::logic_error("secret detail");
  });
  pair.server.on("away",
                 [](const auto&, const auto&) -> core::Result<Json> { throw core::UnavailableError("db"); });
  pair.start();
  const auto refused = pair.caller.call("echo", "refuse", Json::object(), "c");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == core::ErrorCode::conflict);
  CHECK(refused.error().detail == "device_busy");
  const auto thrown = pair.caller.call("echo", "throw", Json::object(), "c");
  REQUIRE_FALSE(thrown);
  CHECK(thrown.error().code == core::ErrorCode::internal);
  CHECK(thrown.error().message.find("secret") == std::string::npos);
  CHECK(pair.caller.call("echo", "away", Json::object(), "c").error().code == core::ErrorCode::unavailable);
  CHECK(pair.caller.call("echo", "nothing", Json::object(), "c").error().code == core::ErrorCode::not_found);
}

TEST_CASE("a service that is away is `unavailable` at the deadline") {
  testing::OpenBroker broker;
  bus::Client client(broker.client("caller-1"));
  bus::RpcCaller caller(client);
  client.start();
  REQUIRE(client.wait_connected(10s));
  const auto reply = caller.call("echo", "say", Json::object(), "c", 400ms);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == core::ErrorCode::unavailable);
}

TEST_CASE("a request that is sent again because its reply is late runs once") {
  Pair pair;
  std::atomic<int> runs{0};
  std::atomic<bool> hold{true};
  pair.server.on("slow", [&](const auto&, const auto&) -> core::Result<Json> {
    ++runs;
    testing::eventually([&] { return !hold.load(); }, 5s);
    return Json::object();
  });
  pair.start();
  std::thread release([&] {
    testing::eventually([&] { return runs > 0; });
    testing::eventually([] { return false; }, 700ms);  // longer than a quarter of the caller's time
    hold = false;
  });
  CHECK(pair.caller.call("echo", "slow", Json::object(), "c", 2000ms));
  release.join();
  CHECK(runs == 1);
}

TEST_CASE("many callers at once all get their own answer") {
  Pair pair(4);
  pair.server.on("twice", [](const Json& request, const auto&) -> core::Result<Json> {
    return Json(request.at("n").get<int>() * 2);
  });
  pair.start();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto reply = pair.caller.call("echo", "twice", {{"n", t * 100 + i}}, "c", 5s);
        if (reply && *reply == (t * 100 + i) * 2) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 200);
}
