// SPDX-License-Identifier: Apache-2.0
#include "domain/serial_pattern.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using namespace turnkey;
using registry::SerialPattern;

namespace {

bool matches(const std::string& pattern, const std::string& serial) {
  return SerialPattern::parse(pattern).value().matches(core::Serial::parse(serial).value());
}

}  // namespace

TEST_CASE("a pattern's star is any characters, none too, and its question mark exactly one") {
  CHECK(matches("GEN-*", "GEN-1"));
  CHECK(matches("GEN-*", "GEN-"));
  CHECK_FALSE(matches("GEN-*", "KD-GEN-1"));
  CHECK_FALSE(matches("GEN-*", "GEN1"));
  CHECK(matches("*-2", "GEN-2"));
  CHECK_FALSE(matches("*-2", "GEN-22"));
  CHECK(matches("G?N-?", "GEN-1"));
  CHECK_FALSE(matches("GEN-?", "GEN-"));
  CHECK_FALSE(matches("GEN-?", "GEN-12"));
  CHECK(matches("*", "ANYTHING"));
  CHECK(matches("GEN-1", "GEN-1"));
  CHECK_FALSE(matches("GEN-1", "GEN-10"));
  CHECK(matches("*A*B*C", "XAYBZBC"));
  CHECK_FALSE(matches("*A*B*C", "XAYBZCB"));
  CHECK(matches("**?*", "GEN1"));
}

TEST_CASE("characters that mean something elsewhere mean themselves in a pattern") {
  CHECK_FALSE(matches("GEN.1", "GEN-1"));
  CHECK(matches("GEN.1", "GEN.1"));
  CHECK_FALSE(matches("GEN_1", "GENX1"));
}

TEST_CASE("a pattern is normalised as serials are, and bounded like them") {
  CHECK(SerialPattern::parse(" gen-* ").value().str() == "GEN-*");
  CHECK(SerialPattern::parse(std::string(64, '*')).has_value());
  CHECK_FALSE(SerialPattern::parse(std::string(65, '*')).has_value());
  for (const char* wrong : {"", "  ", "GEN[0-9]", "GEN%", "GEN\\1", "GEN/1", "(A|B)", "GÉN"}) {
    INFO(wrong);
    CHECK_FALSE(SerialPattern::parse(wrong).has_value());
  }
}

TEST_CASE("S21 no pattern makes matching slow") {
  std::string worst;
  for (int i = 0; i < 31; ++i) worst += "*A";
  const auto pattern = SerialPattern::parse(worst + "*B").value();
  const auto serial = core::Serial::parse(std::string(64, 'A')).value();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(pattern.matches(serial));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
}
