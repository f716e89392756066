// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <stdexcept>

#include "testing/eventually.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using contracts::Json;
using testing::eventually;

namespace {

// A raw socket to the server: what is sent and what comes back, byte by byte.
class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Connection() { close(fd_); }
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
  Connection& operator=(Connection&&) = delete;
  void send(const std::string& text) {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  // Reads until the text has come, the server has closed, or the time is over.
  bool sees(const std::string& wanted, std::chrono::milliseconds timeout = 5s) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (seen_.find(wanted) == std::string::npos && !closed_ && std::chrono::steady_clock::now() < end)
      read_some();
    return seen_.find(wanted) != std::string::npos;
  }
  std::string all() {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!closed_ && std::chrono::steady_clock::now() < end) read_some();
    return seen_;
  }
  bool closed() const { return closed_; }

 private:
  void read_some() {
    pollfd wanted{fd_, POLLIN, 0};
    if (poll(&wanted, 1, 50) != 1) return;
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    closed_ = got <= 0;
    if (got > 0) seen_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int fd_;
  std::string seen_;
  bool closed_ = false;
};

std::string ask(int port, const std::string& request) {
  Connection connection(port);
  connection.send(request);
  return connection.all();
}

std::string get(int port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

http::ServerOptions options(int threads = 4) {
  http::ServerOptions out;
  out.threads = threads;
  return out;
}

}  // namespace

TEST_CASE("requests are routed, errors are problems, and exceptions show nothing of themselves") {
  http::Server server(options());
  server.default_header("X-Frame-Options", "DENY");
  server.route("GET", "/hello/{name}", [](const http::Request& request) -> core::Result<http::Response> {
    return http::json_response({{"hello", request.parameter("name")}});
  });
  server.route("POST", "/json", [](const http::Request& request) -> core::Result<http::Response> {
    auto json = request.json();
    if (!json) return json.error();
    return http::json_response(*json, 201);
  });
  server.route("GET", "/throw", [](const auto&) -> core::Result<http::Response> {
    throw std::runtime_error("secret detail");
  });
  server.start();
  const auto hello = get(server.port(), "/hello/you");
  CHECK(hello.starts_with("HTTP/1.1 200"));
  CHECK(hello.find(R"({"hello":"you"})") != std::string::npos);
  CHECK(hello.find("X-Frame-Options: DENY") != std::string::npos);
  CHECK(hello.find("X-Correlation-Id: ") != std::string::npos);
  CHECK(get(server.port(), "/nothing").starts_with("HTTP/1.1 404"));
  CHECK(ask(server.port(), "PUT /json HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            .starts_with("HTTP/1.1 405"));
  const auto thrown = get(server.port(), "/throw");
  CHECK(thrown.starts_with("HTTP/1.1 500"));
  CHECK(thrown.find("secret") == std::string::npos);
  CHECK(thrown.find("EXCEPTION") == std::string::npos);
  const auto bad =
      ask(server.port(),
          "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{");
  CHECK(bad.starts_with("HTTP/1.1 400"));
  CHECK(bad.find("application/problem+json") != std::string::npos);
}

TEST_CASE("S21: chunked bodies, long paths and large bodies are refused") {
  http::Server server(options());
  server.route(
      "POST", "/small", [](const auto&) -> core::Result<http::Response> { return http::empty_response(); },
      10);
  server.start();
  CHECK(ask(server.port(), "POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            .find("HTTP/1.1 422") == 0);
  CHECK(get(server.port(), "/" + std::string(2000, 'a')).starts_with("HTTP/1.1 404"));
  CHECK(ask(server.port(), "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890")
            .starts_with("HTTP/1.1 413"));
  CHECK(ask(server.port(), "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            .starts_with("HTTP/1.1 204"));
}

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
