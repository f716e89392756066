// SPDX-License-Identifier: Apache-2.0
#include "inbound/basic_credentials.hpp"

#include <catch2/catch.hpp>

#include "core/base64.hpp"

using turnkey::core::to_base64;
using turnkey::gateway::read_basic;

TEST_CASE("a key and a secret are read out of HTTP Basic, and nothing that only looks like it [S15]") {
  const auto read = read_basic("Basic " + to_base64("key:se:cret"));
  REQUIRE(read);
  CHECK(read->key == "key");
  CHECK(read->secret == "se:cret");
  CHECK(read_basic("basic " + to_base64("key:")));
  for (const std::string& wrong :
       {std::string(), std::string("Basic "), "Basic" + to_base64("key:secret"), "Bearer " + to_base64("k:s"),
        "Basic " + to_base64("key"), "Basic " + to_base64(":secret"), "Basic " + to_base64("key:s") + " ",
        "Basic " + to_base64("key:sec ret"), "Basic " + to_base64(std::string("k:\0", 3)),
        "Basic " + to_base64("k\n:s"), "Basic " + to_base64("key:s\xff")}) {
    INFO(wrong);
    CHECK_FALSE(read_basic(wrong));
  }
  CHECK(read_basic("Basic " + to_base64("k:" + std::string(254, 's'))));
  CHECK_FALSE(read_basic("Basic " + to_base64("k:" + std::string(255, 's'))));
}
