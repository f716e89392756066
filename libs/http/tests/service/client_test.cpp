// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include <httplib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <thread>

#include "http/server.hpp"
#include "service/tls_server.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using http::tests::TlsServer;
using namespace std::chrono_literals;

TEST_CASE("S19 a server whose certificate is good is asked over TLS") {
  TlsServer server("good");
  const auto answer = server.asked_with("ca.crt");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello");
  CHECK(server.asked_with("ca.crt", "localhost"));
}

TEST_CASE(
    "S19 a certificate of another authority, of another host or out of date is refused before anything is "
    "sent") {
  const auto refused = [](const TlsServer& server, const std::string& authority) {
    const auto answer = server.asked_with(authority);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().detail == "certificate");
    CHECK(server.asked == 0);
    return answer.error().message;
  };
  const TlsServer good("good");
  refused(good, "other.crt");
  refused(good, "missing.crt");
  const TlsServer elsewhere("elsewhere");
  CHECK(refused(elsewhere, "ca.crt").find("another host") != std::string::npos);
  const TlsServer over("over");
  CHECK(refused(over, "ca.crt").find("expired") != std::string::npos);
}

TEST_CASE("bodies stream both ways") {
  http::Server server({});
  std::size_t came = 0;
  const std::string large(3'000'000, 'x');
  server.route(
      "POST", "/x",
      [&](const http::Request& request) -> core::Result<http::Response> {
        came = request.body.size();
        return http::Response{200, large, "text/plain", {}};
      },
      10'000'000);
  server.start();
  http::Client client({false, "127.0.0.1", server.port()}, "");
  http::Call call;
  call.method = "POST";
  call.target = "/x";
  call.upload_size = 2'000'000;
  std::size_t most = 0;
  call.upload = [&](std::uint64_t, char* into, std::size_t room) {
    most = std::max(most, room);
    std::fill(into, into + room, 'y');
    return room;
  };
  std::size_t got = 0;
  call.on_body = [&](std::string_view piece) {
    got += piece.size();
    return true;
  };
  const auto answer = client.send(call);
  REQUIRE(answer);
  CHECK(came == 2'000'000);
  CHECK(most <= 65'536);
  CHECK(got == large.size());
  CHECK(answer->body.empty());
}

TEST_CASE("a refused stream has its problem document in the answer") {
  http::Server server({});
  server.route("GET", "/x",
               [](const http::Request&) -> core::Result<http::Response> { return core::not_found(); });
  server.start();
  http::Client client({false, "127.0.0.1", server.port()}, "");
  http::Call call;
  call.target = "/x";
  bool streamed = false;
  call.on_body = [&](std::string_view) { return streamed = true; };
  const auto answer = client.send(call);
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->body.find("not_found") != std::string::npos);
  CHECK_FALSE(streamed);
}

TEST_CASE("who does not want to go on ends the request") {
  http::Server server({});
  server.route("GET", "/x", [](const http::Request&) -> core::Result<http::Response> {
    return http::json_response({{"a", 1}});
  });
  server.route("POST", "/x",
               [](const http::Request&) -> core::Result<http::Response> { return http::empty_response(); });
  server.start();
  http::Client client({false, "127.0.0.1", server.port()}, "");
  http::Call down;
  down.target = "/x";
  down.on_body = [](std::string_view) { return false; };
  CHECK(client.send(down).error().detail == "given_up");
  http::Call up;
  up.method = "POST";
  up.target = "/x";
  up.upload_size = 100;
  up.upload = [](std::uint64_t, char*, std::size_t) { return std::size_t{0}; };
  CHECK(client.send(up).error().detail == "given_up");
}

TEST_CASE("a server that is silent is waited for as long as is allowed, and no longer") {
  http::Server server({});
  std::atomic<bool> over{false};
  server.route("GET", "/x", [&](const http::Request&) -> core::Result<http::Response> {
    while (!over) std::this_thread::sleep_for(5ms);
    return http::empty_response();
  });
  server.start();
  http::Client client({false, "127.0.0.1", server.port()}, "");
  http::Call call;
  call.target = "/x";
  call.deadline = 1s;
  const auto late = client.send(call);
  CHECK(late.error().detail == "timeout");
  call.deadline = 30s;
  call.silence = 1s;
  CHECK(client.send(call).error().detail == "broken");
  over = true;
}

TEST_CASE("nobody who listens is unreachable: nothing was sent") {
  http::Client client({false, "127.0.0.1", testing::free_port()}, "");
  CHECK(client.send({}).error().detail == "unreachable");
}
