// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>

#include "raw_client.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::http::testing;
using namespace std::chrono_literals;
using contracts::Json;
using testing::eventually;

TEST_CASE("S21: three hundred open streams on four threads, and ordinary requests are still answered") {
  http::Server server(options());
  std::mutex mutex;
  std::vector<std::shared_ptr<http::EventStream>> streams;
  std::atomic<int> closed{0};
  server.stream(
      "/events",
      [&](const auto&, const std::shared_ptr<http::EventStream>& stream) -> core::Result<core::Done> {
        stream->on_closed([&] { ++closed; });
        stream->send({"1", "snapshot", "{}"});
        const std::lock_guard lock(mutex);
        streams.push_back(stream);
        return core::Done{};
      });
  server.route("GET", "/ping", [](const auto&) -> core::Result<http::Response> {
    return http::json_response({{"pong", true}});
  });
  server.start();
  {
    std::vector<Connection> clients;
    for (int i = 0; i < 300; ++i) {
      clients.emplace_back(server.port());
      clients.back().send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (auto& client : clients) CHECK(client.sees("id: 1\nevent: snapshot\ndata: {}\n\n"));
    CHECK(clients.front().sees("text/event-stream"));
    CHECK(server.open_streams() == 300);
    CHECK(get(server.port(), "/ping").find("pong") != std::string::npos);
    for (const auto& stream : streams) stream->send({"2", "press", R"({"presses":1})"});
    for (auto& client : clients) CHECK(client.sees("event: press"));
    streams.front()->finish();  // whose client that is depends on which thread was first
    CHECK(eventually([&] { return server.open_streams() == 299 && closed == 1; }));
  }
  CHECK(eventually([&] { return closed == 300 && server.open_streams() == 0; }));
  streams.clear();
}

TEST_CASE("a refused stream is a problem, and too many streams from one address are throttled") {
  auto few = options();
  few.stream_limit_per_address = 2;
  http::Server server(few);
  server.stream("/no",
                [](const auto&, const auto&) -> core::Result<core::Done> { return core::not_found(); });
  server.stream("/yes", [](const auto&, const auto& stream) -> core::Result<core::Done> {
    stream->send({"1", "snapshot", "{}"});
    return core::Done{};
  });
  server.start();
  CHECK(get(server.port(), "/no").starts_with("HTTP/1.1 404"));
  CHECK(server.open_streams() == 0);
  Connection first(server.port());
  Connection second(server.port());
  for (auto* client : {&first, &second}) {
    client->send("GET /yes HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client->sees("snapshot"));
  }
  CHECK(get(server.port(), "/yes").starts_with("HTTP/1.1 429"));
}

TEST_CASE("S21: a client that does not read is cut off at the limit") {
  auto small = options();
  small.buffer_limit = 64 * 1024;
  http::Server server(small);
  std::shared_ptr<http::EventStream> stream;
  server.stream("/events", [&](const auto&, const auto& opened) -> core::Result<core::Done> {
    opened->send({"1", "snapshot", "{}"});
    stream = opened;
    return core::Done{};
  });
  server.start();
  Connection client(server.port());
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.sees("snapshot"));
  const std::string large(32 * 1024, 'x');
  CHECK(eventually([&] {
    stream->send({"2", "state", large});
    return !stream->open();
  }));
  stream.reset();
}

TEST_CASE("stopping ends open streams within a second") {
  auto server = std::make_unique<http::Server>(options());
  server->stream("/events", [](const auto&, const auto& stream) -> core::Result<core::Done> {
    stream->send({"1", "snapshot", "{}"});
    return core::Done{};
  });
  server->start();
  Connection client(server->port());
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.sees("snapshot"));
  const auto began = std::chrono::steady_clock::now();
  server->stop();
  CHECK(std::chrono::steady_clock::now() - began < 2s);
  client.all();
  CHECK(client.closed());
}

TEST_CASE("HEAD does not open a stream, and asks an ordinary route for its head") {
  http::Server server(options());
  std::atomic<int> opened{0};
  server.stream("/events", [&](const auto&, const auto&) -> core::Result<core::Done> {
    ++opened;
    return core::Done{};
  });
  server.route("GET", "/ping", [](const auto&) -> core::Result<http::Response> {
    return http::json_response({{"pong", true}});
  });
  server.start();
  const auto refused = ask(server.port(), "HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 405"));
  CHECK(refused.find("Allow: GET\r\n") != std::string::npos);
  CHECK(opened == 0);
  CHECK(server.open_streams() == 0);
  const auto head = ask(server.port(), "HEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200"));
  CHECK(head.ends_with("\r\n\r\n"));
}
