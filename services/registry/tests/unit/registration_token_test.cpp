// SPDX-License-Identifier: Apache-2.0
#include "domain/registration_token.hpp"

#include <catch2/catch.hpp>

#include "contracts/json.hpp"
#include "core/base64url.hpp"

using namespace turnkey;
using namespace turnkey::registry;
using contracts::Json;

namespace {

const TokenClaims kClaims{RegistrationKeyId::trusted("7000000000000000000000aa"),
                          RegistrationTokenId::trusted("70000000000000000000000a"),
                          core::RecipeId::trusted("40000000000000000000000a"), 1'000'000, 1'003'600};
const std::string kSignature(64, 's');

std::string token(const std::string& header, const std::string& claims) {
  return signed_token(core::to_base64url(header) + "." + core::to_base64url(claims), kSignature);
}

struct Parts {
  Json header;
  Json claims;
  std::string text() const { return token(header.dump(), claims.dump()); }
};

Parts parts() {
  const std::string text = unsigned_token(kClaims);
  const auto dot = text.find('.');
  return {Json::parse(core::from_base64url(text.substr(0, dot)).value()),
          Json::parse(core::from_base64url(text.substr(dot + 1)).value())};
}

bool header_accepted(const char* name, const Json& value) {
  auto changed = parts();
  changed.header[name] = value;
  return read_token(changed.text()).has_value();
}

bool claim_accepted(const char* name, const Json& value) {
  auto changed = parts();
  changed.claims[name] = value;
  return read_token(changed.text()).has_value();
}

core::Timestamp second(std::int64_t s) { return core::from_epoch_ms(s * 1000); }

}  // namespace

TEST_CASE("a token that we wrote is read as it was written") {
  const auto read = read_token(signed_token(unsigned_token(kClaims), kSignature));
  REQUIRE(read.has_value());
  CHECK(read->claims == kClaims);
  CHECK(read->signed_part == unsigned_token(kClaims));
  CHECK(read->signature == core::to_base64url(kSignature));
  CHECK(read_token(parts().text()).has_value());
}

TEST_CASE("S12 the header names ES256 and one of our keys, and carries nothing else") {
  for (const char* alg : {"none", "None", "HS256", "RS256", "ES384", "es256", "ES256 ", ""}) {
    INFO(alg);
    CHECK_FALSE(header_accepted("alg", alg));
  }
  CHECK_FALSE(header_accepted("alg", Json::array({"ES256"})));
  CHECK_FALSE(header_accepted("alg", nullptr));
  CHECK_FALSE(header_accepted("kid", "../../etc/passwd"));
  CHECK_FALSE(header_accepted("kid", 7));
  CHECK_FALSE(header_accepted("typ", "JWS"));
  for (const char* name : {"jwk", "jku", "x5c", "x5u", "crit", "cty", "b64", "zip"}) {
    INFO(name);
    CHECK_FALSE(header_accepted(name, "x"));
  }
  auto bare = parts();
  bare.header.erase("typ");
  CHECK(read_token(bare.text()).has_value());
  bare.header.erase("kid");
  CHECK_FALSE(read_token(bare.text()).has_value());
}

TEST_CASE("S12 every claim is there, in its form, and no other") {
  for (const char* name : {"iss", "aud", "exp", "iat", "jti", "sub"}) {
    INFO(name);
    auto less = parts();
    less.claims.erase(name);
    CHECK_FALSE(read_token(less.text()).has_value());
    CHECK_FALSE(claim_accepted(name, nullptr));
    CHECK_FALSE(claim_accepted(name, "x"));
    CHECK_FALSE(claim_accepted(name, Json::array({parts().claims[name]})));
  }
  for (const char* name : {"exp", "iat"}) {
    INFO(name);
    CHECK(claim_accepted(name, 2'000'000U));
    CHECK_FALSE(claim_accepted(name, 2'000'000.5));
    CHECK_FALSE(claim_accepted(name, 2e6));
    CHECK_FALSE(claim_accepted(name, -1));
    CHECK_FALSE(claim_accepted(name, "2000000"));
    CHECK_FALSE(claim_accepted(name, 18'446'744'073'709'551'615U));
  }
  CHECK_FALSE(claim_accepted("nbf", 1U));
  CHECK_FALSE(claim_accepted("admin", true));
}

TEST_CASE("S12 a member that is named twice is refused, also when both say the same") {
  const std::string header = parts().header.dump();
  const std::string claims = parts().claims.dump();
  CHECK(read_token(token(header, claims)).has_value());
  CHECK_FALSE(read_token(token(header, "{\"exp\":9999999," + claims.substr(1))).has_value());
  CHECK_FALSE(
      read_token(token(header, "{\"sub\":\"40000000000000000000000a\"," + claims.substr(1))).has_value());
  CHECK_FALSE(read_token(token("{\"alg\":\"none\"," + header.substr(1), claims)).has_value());
  CHECK_FALSE(read_token(token("{\"\\u0061lg\":\"ES256\"," + header.substr(1), claims)).has_value());
}

TEST_CASE("S12 nothing may stand around the JSON or within its values") {
  const std::string header = parts().header.dump();
  const std::string claims = parts().claims.dump();
  for (const std::string& around :
       {"\xEF\xBB\xBF" + claims, " " + claims, claims + "\n", claims + "{}", claims + std::string("\0{}", 3),
        claims + std::string("\0}", 2), "[" + claims + "]"}) {
    CHECK_FALSE(read_token(token(header, around)).has_value());
  }
  CHECK_FALSE(read_token(token(header, std::string(3000, '[') + std::string(3000, ']'))).has_value());
  CHECK_FALSE(read_token(token(header, "{\"iss\":" + std::string(3000, '{') + "}")).has_value());
  CHECK_FALSE(read_token(token(header, "null")).has_value());
}

TEST_CASE("S12 three parts of strict base64url, with a signature of 64 bytes, in 8 KiB at most") {
  const std::string good = parts().text();
  const auto dot = good.rfind('.');
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), good + ".", good + ".AA", "." + good, good + "=",
        good + "\n", " " + good, good.substr(0, dot), good.substr(0, dot + 1),
        good.substr(0, good.size() - 2), good + "AA", good.substr(0, dot) + "=" + good.substr(dot)}) {
    INFO(wrong);
    CHECK_FALSE(read_token(wrong).has_value());
  }
  auto long_one = parts();
  long_one.claims["iss"] = std::string(7 * 1024, 'x');
  CHECK_FALSE(read_token(long_one.text()).has_value());
  CHECK_FALSE(read_token(std::string(2 * 1024 * 1024, 'A')).has_value());
}

TEST_CASE("S12 a token is valid until the second before exp, and from a minute before iat") {
  CHECK(valid_at(kClaims, second(1'003'599)));
  CHECK(valid_at(kClaims, second(1'003'600) - core::Millis(1)));
  CHECK_FALSE(valid_at(kClaims, second(1'003'600)));
  CHECK(valid_at(kClaims, second(999'940)));
  CHECK_FALSE(valid_at(kClaims, second(999'940) - core::Millis(1)));
}
