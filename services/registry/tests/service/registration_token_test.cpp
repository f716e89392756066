// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <future>

#include "service/registration_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

std::int64_t now_s() { return core::to_epoch_ms(system().clock.now()) / 1000; }

std::string hmac_sha256(const std::string& key, const std::string& text) {
  std::array<unsigned char, 32> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace

TEST_CASE(
    "S12 a token forged with the right key and nothing wrong in it is good: the forger of these tests "
    "works") {
  const auto token = issue();
  CHECK(present(forge(token, Json::object())).has_value());
}

TEST_CASE("S12 alg none is refused, with and without a signature") {
  const auto token = issue();
  for (const char* alg : {"none", "None", "NONE", "nOnE"}) {
    Json header = token.header();
    header["alg"] = alg;
    const auto text = unsigned_text(header.dump(), token.claims().dump());
    check_refused(text + ".");
    check_refused(text);
    check_refused(forge(token, Json::object(), {{"alg", alg}}));
  }
}

TEST_CASE("S12 HS256 with the public key as its secret is refused") {
  const auto token = issue();
  Json header = token.header();
  header["alg"] = "HS256";
  const auto text = unsigned_text(header.dump(), token.claims().dump());
  const auto key = active_key().public_pem;
  check_refused(text + "." + core::to_base64url(hmac_sha256(key, text)));
  check_refused(token.signed_part() + "." + core::to_base64url(hmac_sha256(key, token.signed_part())));
  check_refused(token.signed_part() + "." +
                core::to_base64url(hmac_sha256(key, token.signed_part()) + hmac_sha256(key, text)));
}

TEST_CASE("S12 an unknown kid is refused, and a known one with another's signature") {
  const auto token = issue();
  check_refused(forge(token, Json::object(), {{"kid", core::random_hex_id()}}));
  check_refused(forge(token, Json::object(), {{"kid", "' or true --"}}));
  check_refused(forge(token, Json::object(), {{"kid", nullptr}}));
  const auto stranger = registry::es256::make_keys();
  check_refused(token.signed_part() + "." +
                core::to_base64url(registry::es256::sign(stranger.private_pem, token.signed_part())));
}

TEST_CASE("S12 a key that the token itself brings is refused") {
  const auto token = issue();
  for (const char* name : {"jwk", "jku", "x5c", "x5u", "crit"}) {
    INFO(name);
    check_refused(forge(token, Json::object(), {{name, "https://evil.example/keys"}}));
  }
}

TEST_CASE("S12 a missing exp, a past one and one that is no whole number are refused") {
  const auto token = issue({{"lifetime_s", 60}});
  Json claims = token.claims();
  claims.erase("exp");
  check_refused(forge(token.header().dump(), claims.dump()));
  check_refused(forge(token, {{"exp", now_s()}}));
  check_refused(forge(token, {{"exp", static_cast<double>(now_s()) + 30.5}}));
  check_refused(forge(token, {{"exp", std::to_string(now_s() + 30)}}));
  CHECK(present(token.jwt).has_value());
  // What the registry knows counts too: a longer life in a token is no longer life.
  system().clock.advance(61s);
  check_refused(token.jwt);
  check_refused(forge(token, {{"exp", now_s() + 3600}}));
}

TEST_CASE("S12 an iat that lies more than a minute ahead is refused") {
  const auto token = issue();
  CHECK(present(forge(token, {{"iat", now_s() + 60}})).has_value());
  check_refused(forge(token, {{"iat", now_s() + 62}}));
}

TEST_CASE("S12 a wrong aud is refused") {
  const auto token = issue();
  check_refused(forge(token, {{"aud", "another"}}));
  check_refused(forge(token, {{"aud", Json::array({token.claims()["aud"], "another"})}}));
  check_refused(forge(token, {{"aud", nullptr}}));
}

TEST_CASE("S12 a wrong iss is refused") {
  const auto token = issue();
  check_refused(forge(token, {{"iss", "https://evil.example"}}));
  check_refused(forge(token, {{"iss", token.claims()["iss"].get<std::string>() + "/"}}));
}

TEST_CASE(
    "S12 a token for another recipe than the one that it was made for is refused, and one of an unknown "
    "jti") {
  const auto token = issue();
  check_refused(forge(token, {{"sub", system().recipe()}}));
  check_refused(forge(token, {{"sub", core::random_hex_id()}}));
  check_refused(forge(token, {{"jti", core::random_hex_id()}}));
}

TEST_CASE("S12 duplicate claims are refused, whichever of them would count") {
  const auto token = issue();
  const auto claims = token.claims().dump();
  for (const std::string& twice : {R"("jti":")" + token.id + "\"", R"("exp":9999999999)" + std::string(),
                                   R"("uses":1)" + std::string()}) {
    check_refused(forge(token.header().dump(), "{" + twice + "," + claims.substr(1)));
    check_refused(forge(token.header().dump(), claims.substr(0, claims.size() - 1) + "," + twice + "}"));
  }
  check_refused(forge(R"({"alg":"none",)" + token.header().dump().substr(1), claims));
}

TEST_CASE(
    "S12 a tampered signature is refused: r and s exchanged, empty, as DER, zero, cut, of other claims") {
  const auto token = issue();
  const auto with = [&](const std::string& signature) {
    return token.signed_part() + "." + core::to_base64url(signature);
  };
  const auto right = token.signature();
  check_refused(with(right.substr(32) + right.substr(0, 32)));
  check_refused(with(""));
  check_refused(token.signed_part() + ".");
  check_refused(with("\x30\x44\x02\x20" + right.substr(0, 32) + "\x02\x20" + right.substr(32)));
  check_refused(with(std::string(64, '\0')));
  check_refused(with(std::string(64, '\xFF')));
  check_refused(with(right.substr(0, 63)));
  check_refused(with(right + right));
  Json more = token.claims();
  more["exp"] = now_s() + 9999;
  check_refused(unsigned_text(token.header().dump(), more.dump()) + "." + core::to_base64url(right));
  CHECK(present(with(right)).has_value());
}

TEST_CASE("S12 trailing garbage is refused, after the token and within its parts") {
  const auto token = issue();
  for (const std::string& jwt : {token.jwt + ".", token.jwt + ".AA", token.jwt + "A", token.jwt + " ",
                                 token.jwt + "\n", token.jwt + "," + token.jwt, "Bearer " + token.jwt})
    check_refused(jwt);
  check_refused(forge(token.header().dump(), token.claims().dump() + "{}"));
  check_refused(forge(token.header().dump(), token.claims().dump() + std::string("\0x", 2)));
  check_refused(forge(token.header().dump() + " ", token.claims().dump()));
}

TEST_CASE("S12 base64 with padding, blanks, or of the plain alphabet is refused") {
  const auto token = issue();
  const auto first = token.jwt.find('.');
  const auto second = token.jwt.rfind('.');
  check_refused(token.jwt + "==");
  check_refused(token.jwt.substr(0, first) + "=" + token.jwt.substr(first));
  check_refused(token.jwt.substr(0, second) + "=" + token.jwt.substr(second));
  check_refused(token.jwt.substr(0, 8) + "\r\n" + token.jwt.substr(8));
  check_refused(token.jwt.substr(0, second + 5) + " " + token.jwt.substr(second + 5));
  check_refused(token.jwt.substr(0, second + 1) + "+/" + token.jwt.substr(second + 3));
}

TEST_CASE("S12 a token of 2 MB is refused as quickly as any other") {
  const auto token = issue();
  const auto began = std::chrono::steady_clock::now();
  check_refused(std::string(2 * 1024 * 1024, 'A'));
  check_refused(token.signed_part() + std::string(2 * 1024 * 1024, 'A') + "." +
                core::to_base64url(token.signature()));
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("S12 a revoked token is refused from that moment on") {
  auto& s = system();
  const auto token = issue();
  CHECK(present(token.jwt).has_value());
  s.must("revoke_registration_token", System::as(s.ops, {{"id", token.id}}));
  s.must("revoke_registration_token", System::as(s.ops, {{"id", token.id}}));  // the answer was lost
  check_refused(token.jwt);
  const auto listed = s.must("list_registration_tokens", System::as(s.ops, {{"recipeId", token.recipe}}));
  CHECK(listed["items"][0]["revokedAt"].is_string());
  CHECK(listed["items"][0]["used"] == 1);
}

TEST_CASE("S12 a rotated key still verifies and signs no more, and a revoked one voids its tokens at once") {
  auto& s = system();
  const auto old = issue();
  const auto old_kid = old.header()["kid"].get<std::string>();
  const auto fresh = s.must("rotate_registration_key", System::as(s.ops, Json::object()))["key"];
  CHECK(fresh["state"] == "active");
  CHECK(present(old.jwt).has_value());
  const auto young = issue();
  CHECK(young.header()["kid"] == fresh["kid"]);
  const auto state_of = [&](const std::string& kid) {
    const auto keys = s.must("list_registration_keys", System::as(s.ops, Json::object()));
    for (const auto& key : keys["items"])
      if (key["kid"] == kid) return key["state"].get<std::string>();
    return std::string("gone");
  };
  CHECK(state_of(old_kid) == "retired");
  s.must("revoke_registration_key", System::as(s.ops, {{"kid", old_kid}}));
  CHECK(state_of(old_kid) == "gone");
  check_refused(old.jwt);
  CHECK(present(young.jwt).has_value());
  const auto listed = s.must("list_registration_tokens", System::as(s.ops, {{"recipeId", old.recipe}}));
  CHECK(listed["items"][0]["revokedAt"].is_string());
  // Without an active key the next token makes one.
  s.must("revoke_registration_key", System::as(s.ops, {{"kid", fresh["kid"]}}));
  check_refused(young.jwt);
  CHECK(present(issue().jwt).has_value());
}

TEST_CASE(
    "S2 neither a token nor a private key is in the database, and a private key goes when it signs no more") {
  auto& s = system();
  const auto token = issue();
  const auto made = present(token.jwt, new_serial(), "the-nonce-of-this-test").value();
  const auto key = active_key();
  const auto inner = key.private_pem.substr(60, 40);
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  for (const std::string& secret :
       {token.jwt.substr(0, 60), token.jwt.substr(token.jwt.size() - 60), inner, core::to_hex(inner),
        made["accessSecret"].get<std::string>(), std::string("the-nonce-of-this-test")}) {
    for (const auto& table : tx.exec("select tablename from pg_tables where schemaname = 'registry'")) {
      const auto name = table[0].as<std::string>();
      INFO(name);
      CHECK(tx.exec1("select count(*) from registry." + name + " t where strpos(t::text, '" + tx.esc(secret) +
                     "') > 0")[0]
                .as<int>() == 0);
    }
  }
  s.must("rotate_registration_key", System::as(s.ops, Json::object()));
  CHECK(tx.exec1("select private_sealed is null from registry.registration_keys where kid = '" + key.kid +
                 "'")[0]
            .as<bool>());
}
