// SPDX-License-Identifier: Apache-2.0
#include "bus/rpc.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/correlation.hpp"
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

bus::Publication raw_request(const std::string& method, const std::string& correlation,
                             std::chrono::seconds expiry = 10s) {
  bus::Publication out;
  out.topic = "rpc/echo/" + method;
  out.payload = "{}";
  out.qos = 0;
  out.response_topic = "rpc-replies/raw";
  out.correlation_data = correlation;
  out.expiry = expiry;
  return out;
}

// Sends requests by hand and keeps every reply, by correlation data.
struct RawCaller {
  explicit RawCaller(const testing::OpenBroker& broker) : client(broker.client("raw")) {
    client.subscribe("rpc-replies/raw", 0, [this](const bus::Message& message) {
      const std::lock_guard lock(mutex);
      replies[message.correlation_data].push_back(message.payload);
    });
    client.start();
    REQUIRE(client.wait_connected(10s));
  }
  std::vector<std::string> of(const std::string& correlation) {
    const std::lock_guard lock(mutex);
    return replies[correlation];
  }
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> replies;
  bus::Client client;
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

TEST_CASE("the same correlation data never runs twice: the kept reply is sent again") {
  Pair pair;
  std::atomic<int> runs{0};
  pair.server.on("count", [&](const auto&, const auto&) -> core::Result<Json> { return Json(++runs); });
  pair.start();
  RawCaller raw(pair.broker);
  raw.client.publish(raw_request("count", "one"));
  REQUIRE(testing::eventually([&] { return raw.of("one").size() == 1; }));
  raw.client.publish(raw_request("count", "one"));
  REQUIRE(testing::eventually([&] { return raw.of("one").size() == 2; }));
  CHECK(raw.of("one")[0] == raw.of("one")[1]);
  raw.client.publish(raw_request("count", "two"));
  REQUIRE(testing::eventually([&] { return raw.of("two").size() == 1; }));
  CHECK(runs == 2);
}

TEST_CASE("a request whose deadline has passed in the queue is dropped unanswered") {
  Pair pair(1);
  std::atomic<bool> hold{true};
  std::atomic<int> late{0};
  std::mutex mutex;
  std::map<std::string, int> outcomes;
  pair.server.on_finished([&](const std::string& method, const std::string& outcome, double) {
    const std::lock_guard lock(mutex);
    ++outcomes[method + " " + outcome];
  });
  pair.server.on("hold", [&](const auto&, const auto&) -> core::Result<Json> {
    testing::eventually([&] { return !hold.load(); });
    return Json::object();
  });
  pair.server.on("late", [&](const auto&, const auto&) -> core::Result<Json> { return Json(++late); });
  pair.start();
  RawCaller raw(pair.broker);
  raw.client.publish(raw_request("hold", "h"));
  raw.client.publish(raw_request("late", "l", 1s));
  raw.client.publish(raw_request("invented/by/somebody", "i"));  // another topic: nobody's
  raw.client.publish(raw_request("invented", "n"));
  testing::eventually([] { return false; }, 1200ms);
  hold = false;
  REQUIRE(testing::eventually([&] { return raw.of("n").size() == 1; }));
  CHECK(late == 0);
  CHECK(raw.of("l").empty());
  const std::lock_guard lock(mutex);
  CHECK(outcomes ==
        std::map<std::string, int>{{"hold ok", 1}, {"late expired", 1}, {"unknown not_found", 1}});
}

TEST_CASE("a service with a full queue says so at once, and takes the same request again later") {
  Pair pair(1);
  std::atomic<bool> hold{true};
  std::atomic<int> runs{0};
  pair.server.on("hold", [&](const auto&, const auto&) -> core::Result<Json> {
    testing::eventually([&] { return !hold.load(); }, 30s);
    return Json(++runs);
  });
  pair.start();
  RawCaller raw(pair.broker);
  for (int i = 0; i < 2100; ++i) REQUIRE(raw.client.publish(raw_request("hold", std::to_string(i), 60s)));
  REQUIRE(testing::eventually([&] { return raw.of("2099").size() == 1; }));  // while the first still runs
  CHECK(Json::parse(raw.of("2099")[0]).at("error").at("code") == "unavailable");
  CHECK(runs == 0);
  hold = false;
  REQUIRE(testing::eventually([&] { return runs >= 2001; }));
  raw.client.publish(raw_request("hold", "2099", 60s));
  REQUIRE(testing::eventually([&] { return raw.of("2099").size() == 2; }));
  CHECK(Json::parse(raw.of("2099")[1]).contains("ok"));
}

TEST_CASE("a method's log and its own calls carry the caller's correlation id without being told") {
  Pair pair;
  bus::RpcCaller onward(pair.service);
  std::atomic<int> right{0};
  pair.server.on("first", [&](const auto&, const auto&) -> core::Result<Json> {
    right += core::current_correlation_id() == "browser-7" ? 1 : 100;
    return onward.call("echo", "second", Json::object(), "");
  });
  pair.server.on("second", [&](const auto&, const bus::CallContext& context) -> core::Result<Json> {
    right += context.correlation_id == "browser-7" ? 1 : 100;
    return Json::object();
  });
  pair.start();
  CHECK(pair.caller.call("echo", "first", Json::object(), "browser-7"));
  CHECK(right == 2);
}

TEST_CASE("a request that was lost in a broker's restart is sent again inside its deadline") {
  Pair pair;
  pair.server.on("say", [](const auto&, const auto&) -> core::Result<Json> { return Json("said"); });
  pair.start();
  pair.broker.kill_now();
  std::atomic<bool> answered{false};
  std::thread asking(
      [&] { answered = pair.caller.call("echo", "say", Json::object(), "c", 15s).has_value(); });
  testing::eventually([] { return false; }, 300ms);
  pair.broker.start_again();  // from the main thread: a child dies with the thread that started it
  asking.join();
  CHECK(answered);
}

TEST_CASE("a server that stops works off what it has taken, and takes nothing more") {
  Pair pair(1);
  std::atomic<int> runs{0};
  std::atomic<bool> hold{true};
  pair.server.on("work", [&](const auto&, const auto&) -> core::Result<Json> {
    testing::eventually([&] { return !hold.load(); });
    return Json(++runs);
  });
  pair.start();
  std::atomic<int> taken{0};
  pair.service.subscribe(
      "marker", 0, [&](const auto&) { ++taken; }, bus::Dispatch::inline_);
  RawCaller raw(pair.broker);
  for (int i = 0; i < 20; ++i) REQUIRE(raw.client.publish(raw_request("work", std::to_string(i))));
  bus::Publication marker;
  marker.topic = "marker";
  REQUIRE(testing::eventually([&] {  // behind the requests, once it is subscribed
    raw.client.publish(marker);
    return taken > 0;
  }));
  hold = false;
  pair.server.stop();
  CHECK(runs == 20);
  raw.client.publish(raw_request("work", "after"));
  CHECK(testing::eventually([&] { return raw.of("19").size() == 1; }));
  CHECK(raw.of("after").empty());
}

TEST_CASE("a reply as large as a batch's CSV arrives") {
  Pair pair;
  pair.server.on("csv", [](const auto&, const auto&) -> core::Result<Json> {
    return Json{{"csv", std::string(3'000'000, 'x')}};
  });
  pair.start();
  const auto reply = pair.caller.call("echo", "csv", Json::object(), "c", 10s);
  REQUIRE(reply);
  CHECK(reply->at("csv").get_ref<const std::string&>().size() == 3'000'000);
}

TEST_CASE("what is too large for the broker is refused by name, and the connection stays") {
  Pair pair;
  pair.server.on("much", [](const Json&, const auto&) -> core::Result<Json> {
    return Json{{"text", std::string(bus::kMaxRpcPayload, 'x')}};
  });
  pair.server.on("small", [](const Json&, const auto&) -> core::Result<Json> { return Json::object(); });
  pair.start();
  const auto reply = pair.caller.call("echo", "much", Json::object(), "c", 5s);
  CHECK(reply.error().code == core::ErrorCode::internal);
  const auto request = pair.caller.call("echo", "small", {{"text", std::string(4 << 20, 'x')}}, "c", 5s);
  CHECK(request.error().code == core::ErrorCode::invalid);
  CHECK(request.error().detail == "too_large");
  CHECK(pair.caller.call("echo", "small", Json::object(), "c", 5s).has_value());
}
