// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "documents.hpp"
#include "http/server.hpp"

using namespace turnkey;
using tests::Json;

namespace {

core::Error cross_site() {
  core::Error error = core::unauthorized("This request did not come from Turnkey's own pages.");
  error.detail = "cross_site";
  return error;
}

}  // namespace

TEST_CASE("every error becomes a problem as its schema has it, with its status in the body too") {
  for (const core::Error& error :
       {core::invalid("Some fields are not right.", {{"name", "required", "a name is needed"}}),
        core::invalid("x"), core::unauthorized(), cross_site(), core::not_found(),
        core::conflict("x", "device_busy"), core::conflict("x"), core::expired("x"),
        core::throttled("x", std::chrono::seconds(7)), core::unavailable("x"), core::internal("x")}) {
    const auto response = http::problem(error);
    INFO(response.body);
    const Json body = Json::parse(response.body);
    CHECK(tests::schemas().refusal("problem", body) == "");
    CHECK(body["status"] == response.status);
    CHECK(response.content_type == "application/problem+json");
  }
}
