// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

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
