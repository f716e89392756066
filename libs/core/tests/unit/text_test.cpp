// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <catch2/catch.hpp>

using turnkey::core::ascii_lower;

TEST_CASE("only the letters A to Z become small") {
  CHECK(ascii_lower("AZ az 09 @[`{") == "az az 09 @[`{");
  CHECK(ascii_lower("\xC3\x84ther") == "\xC3\x84ther");
  CHECK(ascii_lower("").empty());
}
