// SPDX-License-Identifier: Apache-2.0
#include "core/serial.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

using turnkey::core::Serial;

namespace {

// The vectors that the web app's tests read too.
nlohmann::json vectors() {
  const char* source = std::getenv("TURNKEY_SOURCE_DIR");
  std::ifstream in(std::string(source != nullptr ? source : ".") + "/proto/examples/serials.json");
  REQUIRE(in);
  return nlohmann::json::parse(in);
}

}  // namespace

TEST_CASE("serials are normalised as the shared vectors say") {
  const auto all = vectors().at("normalise");
  REQUIRE(all.size() >= 8);
  for (const auto& vector : all) {
    INFO(vector.dump());
    const auto serial = Serial::parse(vector.at("in").get<std::string>());
    if (vector.at("out").is_null()) {
      CHECK_FALSE(serial);
    } else {
      REQUIRE(serial);
      CHECK(serial->str() == vector.at("out").get<std::string>());
    }
  }
}

TEST_CASE("check characters are right and wrong as the shared vectors say") {
  const auto all = vectors().at("check");
  REQUIRE(all.size() >= 4);
  for (const auto& vector : all) {
    INFO(vector.dump());
    const auto serial = Serial::parse(vector.at("serial").get<std::string>());
    CHECK((serial && check_characters_right(*serial)) == vector.at("valid").get<bool>());
  }
}

TEST_CASE("serials that Turnkey makes are right, differ, and come in groups of four") {
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    const Serial serial = turnkey::core::make_serial("GEN");
    CHECK(check_characters_right(serial));
    CHECK(serial.str().size() == 3 + 1 + 4 + 1 + 4 + 1 + 2);
    CHECK(seen.insert(serial.str()).second);
  }
}

TEST_CASE("every single wrong character and every swap of neighbours is noticed") {
  const std::string alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const std::string right = turnkey::core::make_serial("GEN").str();
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (right[i] == '-') continue;
    for (const char c : alphabet) {
      if (c == right[i]) continue;
      std::string wrong = right;
      wrong[i] = c;
      CHECK_FALSE(check_characters_right(Serial::trusted(wrong)));
    }
    if (i + 1 < right.size() && right[i + 1] != '-' && right[i] != right[i + 1]) {
      std::string swapped = right;
      std::swap(swapped[i], swapped[i + 1]);
      CHECK_FALSE(check_characters_right(Serial::trusted(swapped)));
    }
  }
}

TEST_CASE("a prefix with letters that are easily misread is refused") {
  CHECK_THROWS_AS(turnkey::core::make_serial("OIL"), std::invalid_argument);
  CHECK_THROWS_AS(turnkey::core::make_serial(""), std::invalid_argument);
  CHECK_THROWS_AS(turnkey::core::make_serial("ABCDEFGHJ"), std::invalid_argument);
}

TEST_CASE("only serials with a known prefix carry check characters") {
  CHECK(carries_check_characters(Serial::trusted("GEN-1234-5678-90"), {"GEN"}));
  CHECK_FALSE(carries_check_characters(Serial::trusted("GENX-1234"), {"GEN"}));
  CHECK_FALSE(carries_check_characters(Serial::trusted("GEN1234"), {"GEN"}));
}
