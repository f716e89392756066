// SPDX-License-Identifier: Apache-2.0
#include "core/seal.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::core;

namespace {
const std::string kKey(kSealKeyBytes, 'k');
}

TEST_CASE("a sealed text is read by the key at its place, and never shows the text") {
  for (const std::string& text :
       {std::string(), std::string("serial,secret\r\n"), std::string(100'000, 'x')}) {
    const std::string sealed = seal(kKey, text, "page 1");
    CHECK(unseal(kKey, sealed, "page 1") == text);
    if (!text.empty()) CHECK(sealed.find(text) == std::string::npos);
    CHECK(sealed != seal(kKey, text, "page 1"));
  }
}

TEST_CASE("a sealed text stays shut to another key, at another place, and with any byte changed") {
  const std::string sealed = seal(kKey, "secret", "page 1");
  CHECK_FALSE(unseal(std::string(kSealKeyBytes, 'K'), sealed, "page 1"));
  CHECK_FALSE(unseal(kKey, sealed, "page 2"));
  CHECK_FALSE(unseal(kKey, "", "page 1"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(unseal(kKey, changed, "page 1"));
    CHECK_FALSE(unseal(kKey, sealed.substr(0, i), "page 1"));
  }
}

TEST_CASE("a key of another length is a fault of ours") { CHECK_THROWS(seal("short", "x", "")); }
