// SPDX-License-Identifier: Apache-2.0
#include "core/base64url.hpp"

#include <catch2/catch.hpp>

#include "core/hash.hpp"
#include "core/random.hpp"

using namespace turnkey::core;

TEST_CASE("base64url is what RFC 4648 says, without padding") {
  CHECK(to_base64url("") == "");
  CHECK(to_base64url("f") == "Zg");
  CHECK(to_base64url("fo") == "Zm8");
  CHECK(to_base64url("foo") == "Zm9v");
  CHECK(to_base64url("foobar") == "Zm9vYmFy");
  CHECK(to_base64url("\xFB\xFF\xFE") == "-__-");
}

TEST_CASE("what was encoded is decoded, whatever the bytes and their number") {
  for (std::size_t size = 0; size < 100; ++size) {
    const auto bytes = from_hex(random_hex(size)).value();
    CHECK(from_base64url(to_base64url(bytes)) == bytes);
  }
}

TEST_CASE(
    "S12 one byte string has one text: padding, blanks, foreign characters and loose bits are refused") {
  CHECK(from_base64url("Zg") == "f");
  for (const char* text :
       {"Zg==", "Zg=", "Z g", " Zg", "Zg ", "Zg\n", "Zh", "Zm9", "Z", "Zm9vY", "-_+/", "Zé"}) {
    INFO(text);
    CHECK_FALSE(from_base64url(text).has_value());
  }
  CHECK_FALSE(from_base64url(std::string_view("Zg\0", 3)).has_value());
}
