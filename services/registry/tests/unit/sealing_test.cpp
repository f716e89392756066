// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/base64url.hpp"
#include "core/random.hpp"
#include "outbound/es256.hpp"
#include "outbound/sealer.hpp"

using namespace turnkey;
using registry::Sealer;
namespace es256 = registry::es256;

TEST_CASE("what was sealed opens with the same secret at the same place, and is no text meanwhile") {
  const Sealer sealer(core::random_hex(32));
  const std::string sealed = sealer.seal("the private key", "key 1");
  CHECK(sealer.open(sealed, "key 1") == "the private key");
  CHECK(sealed.find("private") == std::string::npos);
  CHECK(sealer.seal("the private key", "key 1") != sealed);
  CHECK(sealer.open(sealer.seal("", "key 1"), "key 1") == "");
}

TEST_CASE("S2 what was sealed does not open with another secret, at another place, or changed by a bit") {
  const std::string secret = core::random_hex(32);
  const Sealer sealer(secret);
  const std::string sealed = sealer.seal("the private key", "key 1");
  CHECK_FALSE(Sealer(core::random_hex(32)).open(sealed, "key 1").has_value());
  CHECK_FALSE(sealer.open(sealed, "key 2").has_value());
  CHECK_FALSE(sealer.open("", "key 1").has_value());
  CHECK_FALSE(sealer.open(sealed.substr(0, 27), "key 1").has_value());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(sealer.open(changed, "key 1").has_value());
  }
}

TEST_CASE("of a ring the newest key seals and all open, and what an older one sealed is known") {
  const std::string path = std::filesystem::temp_directory_path() / ("ring-" + core::random_hex(8));
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  const std::string older = core::random_hex(32);
  const std::string newer = core::random_hex(32);
  write(older + "\n");
  const Sealer sealer(core::Secret::in_file(path));
  const std::string before = sealer.seal("the private key", "key 1");
  CHECK(sealer.sealed_anew(before, "key 1"));
  CHECK_FALSE(sealer.rotating());
  write(older + "\n" + newer + "\n");
  CHECK(sealer.rotating());
  CHECK(sealer.open(before, "key 1") == "the private key");
  CHECK_FALSE(sealer.sealed_anew(before, "key 1"));
  const std::string after = sealer.seal("the private key", "key 1");
  CHECK(sealer.sealed_anew(after, "key 1"));
  CHECK(Sealer(newer).open(after, "key 1") == "the private key");
  write(newer + "\n");
  CHECK(sealer.open(after, "key 1") == "the private key");
  CHECK_FALSE(sealer.open(before, "key 1").has_value());
  std::filesystem::remove(path);
  CHECK_THROWS_AS(sealer.seal("a", "b"), std::runtime_error);  // never under no key at all
  CHECK_THROWS_AS(sealer.open(after, "key 1"), std::runtime_error);
}

TEST_CASE("S12 a signature is of 64 bytes, by this key and of this text") {
  const auto keys = es256::make_keys();
  const auto signature = es256::sign(keys.private_pem, "header.claims");
  CHECK(signature.size() == 64);
  const auto text = core::to_base64url(signature);
  CHECK(es256::verified(keys.public_pem, "header.claims", text));
  CHECK_FALSE(es256::verified(keys.public_pem, "header.claimz", text));
  CHECK_FALSE(es256::verified(es256::make_keys().public_pem, "header.claims", text));
  CHECK_FALSE(es256::verified(keys.public_pem, "header.claims", core::to_base64url(std::string(64, '\0'))));
  CHECK_FALSE(es256::verified(keys.public_pem, "header.claims", ""));
}
