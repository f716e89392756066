// SPDX-License-Identifier: Apache-2.0
#include "http/router.hpp"

#include <catch2/catch.hpp>

#include "http/server.hpp"

using namespace turnkey;

TEST_CASE("a path finds its route and the parameters in it") {
  http::Router router;
  router.add("GET", "/api/devices");
  const auto ledger = router.add("GET", "/api/devices/{serial}/ledger");
  const auto match = router.find("GET", "/api/devices/GEN-1/ledger");
  REQUIRE(match);
  CHECK(match->route == ledger);
  CHECK(match->parameters.at("serial") == "GEN-1");
  CHECK(router.find("GET", "/api/devices"));
  for (const char* path :
       {"", "api/devices", "/api/devices/", "/api/devices//ledger", "/api/devices/a/b/ledger", "/api"}) {
    CHECK_FALSE(router.find("GET", path));
  }
  CHECK_FALSE(router.find("POST", "/api/devices"));
  CHECK(router.knows_path("/api/devices"));
  router.add("POST", "/api/devices");
  CHECK(router.methods_of("/api/devices") == "GET, POST");
  CHECK(router.methods_of("/api").empty());
}

TEST_CASE("errors become problem documents with the status of their code") {
  CHECK(http::status_of(core::invalid("")) == 422);
  CHECK(http::status_of(core::unauthorized()) == 401);
  CHECK(http::status_of(core::not_found()) == 404);
  CHECK(http::status_of(core::expired("", "window_closed")) == 409);
  CHECK(http::status_of(core::internal("")) == 500);
  const auto refused = [](std::string detail) {
    core::Error error = core::invalid("");
    error.detail = std::move(detail);
    const auto json = contracts::Json::parse(http::problem(error).body);
    CHECK(json.at("status") == http::problem(error).status);
    CHECK(json.at("code") == error.detail);
    CHECK(json.at("title") != "Internal error");
    return http::problem(error).status;
  };
  CHECK(refused("malformed") == 400);
  CHECK(refused("length_required") == 411);
  CHECK(refused("too_large") == 413);
  CHECK(refused("uri_too_long") == 414);
  CHECK(refused("unsupported_media_type") == 415);
  CHECK(refused("not_implemented") == 501);
  CHECK(refused("anything_else") == 422);
  const auto throttled = http::problem(core::throttled("Slow down.", std::chrono::seconds(30)));
  CHECK(throttled.status == 429);
  CHECK(throttled.headers.at(0) == std::pair<std::string, std::string>("Retry-After", "30"));
  const auto json = contracts::Json::parse(
      http::problem(core::invalid("Bad.", {{"name", "too_long", "at most 255"}})).body);
  CHECK(json.at("errors").at(0).at("field") == "name");
  CHECK(contracts::Json::parse(http::problem(core::conflict("", "device_busy")).body).at("code") ==
        "device_busy");
}

TEST_CASE("a cookie is found by its whole name") {
  http::Request request;
  request.headers.emplace("cookie", "a=1; turnkey_session=abc; session=x");
  CHECK(request.cookie("turnkey_session") == "abc");
  CHECK(request.cookie("session") == "x");
  CHECK_FALSE(request.cookie("turnkey"));
}
