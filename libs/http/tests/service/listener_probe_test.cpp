// SPDX-License-Identifier: Apache-2.0
#include "http/listener_probe.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "http/server.hpp"
#include "service/tls_server.hpp"

using namespace turnkey;
using http::tests::certificates;
using http::tests::TlsServer;

namespace {

http::Listener listener(int port, const std::string& authority = "ca.crt") {
  http::Listener one{{"127.0.0.1", port}};
  one.endpoint.ca_file = certificates().path(authority);
  return one;
}

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

core::Timestamp now() { return core::SystemClock().now(); }

}  // namespace

TEST_CASE("S19 a good certificate is trusted by its authority's file or text, and its end is told") {
  const TlsServer server("good");
  for (const bool as_text : {false, true}) {
    auto one = listener(server.port());
    if (as_text) one.endpoint.ca_pem = content_of(std::exchange(one.endpoint.ca_file, ""));
    const auto look = http::look_at(one);
    REQUIRE(look);
    CHECK(look->distrust == "");
    CHECK(look->certificate_ends > now() + std::chrono::hours(47));
    CHECK(look->certificate_ends < now() + std::chrono::hours(49));
  }
}

TEST_CASE(
    "S19 a certificate that is over, foreign or of another host is looked at, and said not to be trusted") {
  const TlsServer over("over");
  const auto ended = http::look_at(listener(over.port()));
  REQUIRE(ended);
  CHECK(ended->distrust.find("expired") != std::string::npos);
  CHECK(ended->certificate_ends < now());
  const TlsServer good("good");
  CHECK(http::look_at(listener(good.port(), "other.crt"))->distrust != "");
  const TlsServer elsewhere("elsewhere");
  CHECK(http::look_at(listener(elsewhere.port()))->distrust.find("another host") != std::string::npos);
}

TEST_CASE(
    "what a listener answers is told up to the bytes asked for; nothing is said to one not to be trusted") {
  const TlsServer server("good");
  auto one = listener(server.port());
  one.say = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  one.expect = 12;
  CHECK(http::look_at(one)->reply == "HTTP/1.1 200");
  one.endpoint.ca_file = certificates().path("other.crt");
  const int asked = server.asked;
  CHECK(http::look_at(one)->reply == "");
  CHECK(server.asked == asked);
}

TEST_CASE("who is not there, speaks no TLS or cannot be judged is told apart") {
  http::Server plain({});
  plain.start();
  CHECK(http::look_at(listener(plain.port())).error().detail == "no_tls");
  CHECK(http::look_at(listener(plain.port(), "missing.crt")).error().detail == "authorities");
  auto open = listener(plain.port());
  open.endpoint.tls = false;
  open.say = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  open.expect = 8;
  CHECK(http::look_at(open)->reply == "HTTP/1.1");
  const int port = plain.port();
  plain.stop();
  CHECK(http::look_at(listener(port)).error().detail == "unreachable");
}
