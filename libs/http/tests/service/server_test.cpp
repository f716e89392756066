// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "raw_client.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::http::testing;
using namespace std::chrono_literals;
using contracts::Json;
using testing::eventually;

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
            .find("HTTP/1.1 411") == 0);
  CHECK(get(server.port(), "/" + std::string(2000, 'a')).starts_with("HTTP/1.1 404"));
  CHECK(ask(server.port(), "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890")
            .starts_with("HTTP/1.1 413"));
  CHECK(ask(server.port(), "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")
            .starts_with("HTTP/1.1 204"));
}

namespace {

bool is_problem(const std::string& answer, int status, const std::string& code) {
  INFO(answer);
  const bool right = answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ") &&
                     answer.find("Content-Type: application/problem+json") != std::string::npos &&
                     answer.find("\"code\":\"" + code + "\"") != std::string::npos &&
                     answer.find("X-Content-Type-Options: nosniff") != std::string::npos;
  CHECK(right);
  return right;
}

// A server that counts how often its handlers ran.
struct Counting {
  explicit Counting(http::ServerOptions wanted = options()) : server(wanted) {
    const auto count = [this](const http::Request& request) -> core::Result<http::Response> {
      ++runs;
      return http::json_response({{"bytes", request.body.size()}, {"method", request.method}});
    };
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
      server.route(method, "/count", count);
    server.start();
  }
  std::string ask(const std::string& head, const std::string& body = {}) const {
    return ::ask(server.port(), head + "Host: x\r\n\r\n" + body);
  }
  http::Server server;
  std::atomic<int> runs{0};
};

}  // namespace

TEST_CASE("a compressed body is refused before it is inflated, whatever its encoding") {
  const Counting counting;
  for (const char* encoding : {"gzip", "br", "deflate", "x"}) {
    is_problem(counting.ask(std::string("POST /count HTTP/1.1\r\nContent-Length: 4\r\nContent-Encoding: ") +
                                encoding + "\r\n",
                            "abcd"),
               415, "unsupported_media_type");
  }
  CHECK(counting.runs == 0);
}

TEST_CASE("a body without its length is refused at once, and a DELETE without a body is not") {
  const Counting counting;
  for (const char* method : {"POST", "PUT", "PATCH"})
    is_problem(counting.ask(std::string(method) + " /count HTTP/1.1\r\n"), 411, "length_required");
  CHECK(counting.runs == 0);
  const auto began = std::chrono::steady_clock::now();
  CHECK(counting.ask("DELETE /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
  CHECK(counting.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("a length that is no number, that comes twice or that is too large is refused at once") {
  const Counting counting;
  for (const char* length : {"-1", "x", "1x", "99999999999999999999", "1\r\nContent-Length: 2"}) {
    INFO(length);
    is_problem(counting.ask(std::string("POST /count HTTP/1.1\r\nContent-Length: ") + length + "\r\n", "ab"),
               400, "malformed");
  }
  is_problem(counting.ask("POST /count HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n"), 413,
             "too_large");
  CHECK(counting.runs == 0);
}

TEST_CASE("S21 a route's own limit holds before its body is read, and large bodies wait for their turn") {
  http::ServerOptions bounded = options();
  bounded.body_limit = 1000;
  bounded.large_body = 2000;
  bounded.large_bodies = 1;
  http::Server server(bounded);
  const auto ok = [](const http::Request&) -> core::Result<http::Response> { return http::empty_response(); };
  server.route("POST", "/small", ok);
  server.route("POST", "/large/{id}", ok, 5000);
  server.start();
  const auto head = [](const std::string& path, int length) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  Connection small(server.port());
  small.send(head("/small", 4000));  // nothing of it is sent, and still it is refused
  CHECK(small.sees("413"));
  Connection first(server.port());
  first.send(head("/large/1", 4000));
  const auto refused = [&] {
    Connection second(server.port());
    second.send(head("/large/2", 4000));
    return second.sees("429", 200ms);
  };
  CHECK(eventually(refused));
  Connection beside(server.port());
  beside.send(head("/large/3", 1500) + std::string(1500, 'x'));
  CHECK(beside.sees("204"));
  first.send(std::string(4000, 'x'));
  CHECK(first.sees("204"));
  const auto taken = [&] {
    Connection next(server.port());
    next.send(head("/large/4", 4000) + std::string(4000, 'x'));
    return next.sees("204", 200ms);
  };
  CHECK(eventually(taken));
  server.stop();
}

TEST_CASE("a refusal reaches a client that is still sending its body") {
  const Counting counting;
  const std::string body(500 * 1024, 'x');
  is_problem(counting.ask("POST /count HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n",
                          body),
             415, "unsupported_media_type");
}

TEST_CASE("a port that is taken is an error at the start") {
  const Counting first;
  auto same = options();
  same.port = first.server.port();
  http::Server second(same);
  CHECK_THROWS_AS(second.start(), std::runtime_error);
  CHECK_FALSE(second.listening());
  CHECK(first.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a port is free again as soon as its server has stopped") {
  auto same = options();
  {
    const Counting first;
    same.port = first.server.port();
    CHECK(first.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
  }
  const Counting second(same);
  CHECK(second.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("running out of file descriptors does not end listening") {
  const Counting counting;
  CHECK(counting.server.listening());
  std::vector<int> taken;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit few = before;
  few.rlim_cur = 256;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  // Made before all the others are gone. The silent one takes the descriptor that a waiting accept has
  // already.
  const int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  for (int fd = dup(client); fd >= 0; fd = dup(client)) taken.push_back(fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(counting.server.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool connected = connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  connected = connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && connected;
  const std::string request = "GET /count HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto sent = ::send(client, request.data(), request.size(), MSG_NOSIGNAL);
  pollfd answer{client, POLLIN, 0};
  const int answered_too_early = poll(&answer, 1, 200);
  const bool listening = counting.server.listening();
  for (const int fd : taken) close(fd);
  const int answered = poll(&answer, 1, 5000);
  close(client);
  close(silent);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(connected);
  CHECK(sent > 0);
  CHECK(answered_too_early == 0);
  CHECK(listening);
  CHECK(answered == 1);
  CHECK(counting.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
  CHECK(counting.runs == 2);
}

TEST_CASE("requests are answered on descriptors above a thousand") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  const Counting counting;
  std::vector<int> taken;
  while (taken.size() < 1500) taken.push_back(dup(STDOUT_FILENO));
  CHECK(taken.back() > 1024);
  CHECK(counting.ask("GET /count HTTP/1.1\r\n").starts_with("HTTP/1.1 200"));
  for (const int fd : taken) close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("methods that are not served are 405, unknown ones 501, and what is no HTTP is 400") {
  const Counting counting;
  for (const char* method : {"OPTIONS", "TRACE", "PRI"}) {
    const auto answer = counting.ask(std::string(method) + " /count HTTP/1.1\r\n");
    is_problem(answer, 405, "method_not_allowed");
    CHECK(answer.find("Allow: DELETE, GET, PATCH, POST, PUT\r\n") != std::string::npos);
  }
  is_problem(counting.ask("FETCH /count HTTP/1.1\r\n"), 501, "not_implemented");
  is_problem(counting.ask("GET /count\r\n"), 400, "malformed");
  is_problem(counting.ask("GET /count HTTP/9.9\r\n"), 400, "malformed");
  is_problem(counting.ask("\x16\x03\x01 nonsense\r\n"), 400, "malformed");
  is_problem(counting.ask("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n"), 414, "uri_too_long");
  CHECK(counting.ask("GET /count HTTP/1.1\r\nRange: bytes=0-1\r\n").starts_with("HTTP/1.1 200"));
  CHECK(counting.runs == 1);
}

TEST_CASE("an answer without a body keeps the status that its handler gave it") {
  http::Server server(options());
  server.route("GET", "/gone",
               [](const auto&) -> core::Result<http::Response> { return http::empty_response(410); });
  server.start();
  CHECK(get(server.port(), "/gone").starts_with("HTTP/1.1 410"));
}

TEST_CASE("refusals are seen by the observer and carry the correlation id") {
  http::Server server(options());
  std::mutex mutex;
  std::vector<std::string> seen;
  server.on_finished([&](const std::string& pattern, const std::string& method, int status, double,
                         const std::string& correlation_id) {
    const std::lock_guard lock(mutex);
    seen.push_back(pattern + method + std::to_string(status) + correlation_id);
  });
  server.start();
  const auto answer = ask(server.port(), "POST /x HTTP/1.1\r\nHost: x\r\nX-Correlation-Id: abcdefgh\r\n\r\n");
  CHECK(answer.find("X-Correlation-Id: abcdefgh\r\n") != std::string::npos);
  const std::lock_guard lock(mutex);
  CHECK(seen == std::vector<std::string>{"POST411abcdefgh"});
}

TEST_CASE("a request that comes in small and in large pieces is read to its last byte") {
  const Counting counting;
  Connection connection(counting.server.port());
  const std::string body(100'000, 'b');
  for (const char c : std::string("POST /count HTTP/1.1\r\nHost: x\r\n")) connection.send({c});
  connection.send("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, 5000));
  connection.send(body.substr(5000));
  CHECK(connection.sees("\"bytes\":100000"));
}

TEST_CASE("a large answer reaches a client that reads it late") {
  http::Server server(options());
  const std::string large(8 * 1024 * 1024, 'l');
  server.route("GET", "/large", [&](const auto&) -> core::Result<http::Response> {
    return http::Response{200, large, "application/octet-stream", {}};
  });
  server.start();
  CHECK(get(server.port(), "/large").size() > large.size());
}

TEST_CASE("a client's address is its proxy's word only where the proxy is trusted") {
  const auto seen_by = [](std::vector<core::AddressRange> trusted) {
    auto with = options();
    with.trusted_proxies = std::move(trusted);
    http::Server server(with);
    server.route("GET", "/me", [](const http::Request& request) -> core::Result<http::Response> {
      return http::json_response({{"address", request.remote_address}});
    });
    server.start();
    const auto answer = ask(server.port(), "GET /me HTTP/1.1\r\nHost: x\r\nX-Real-IP: 203.0.113.7\r\n\r\n");
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  CHECK(seen_by(http::loopback()) == R"({"address":"203.0.113.7"})");
  CHECK(seen_by({*core::AddressRange::parse("127.0.0.1")}) == R"({"address":"203.0.113.7"})");
  CHECK(seen_by({*core::AddressRange::parse("172.16.0.0/12")}) == R"({"address":"127.0.0.1"})");
  CHECK(seen_by({}) == R"({"address":"127.0.0.1"})");
}
