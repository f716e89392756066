// SPDX-License-Identifier: Apache-2.0
// Registration tokens for tests: made as operators make them, and forged with the installation's own key, as
// nobody outside can.
#pragma once

#include <string>

#include "core/base64url.hpp"
#include "core/hash.hpp"
#include "outbound/es256.hpp"
#include "outbound/sealer.hpp"
#include "service/system.hpp"

namespace turnkey::registry::tests {

struct ActiveKey {
  std::string kid, public_pem, private_pem;
};
inline ActiveKey active_key() {
  auto& s = system();
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(s.database));
  pqxx::nontransaction tx(connection);
  const auto row = tx.exec1(
      "select kid, public_pem, encode(private_sealed, 'hex') from registry.registration_keys "
      "where retired_at is null and revoked_at is null");
  const auto kid = row[0].as<std::string>();
  const auto sealed = core::from_hex(row[2].as<std::string>()).value();
  return {kid, row[1].as<std::string>(), registry::Sealer(s.seal_key).open(sealed, kid).value()};
}

struct Issued {
  std::string recipe, id, jwt;
  std::string signed_part() const { return jwt.substr(0, jwt.rfind('.')); }
  std::string signature() const { return core::from_base64url(jwt.substr(jwt.rfind('.') + 1)).value(); }
  Json header() const { return Json::parse(core::from_base64url(jwt.substr(0, jwt.find('.'))).value()); }
  Json claims() const {
    const auto dot = jwt.find('.');
    return Json::parse(core::from_base64url(jwt.substr(dot + 1, jwt.rfind('.') - dot - 1)).value());
  }
};
inline Issued issue(Json changes = Json::object()) {
  auto& s = system();
  Json wanted = {{"recipeId", s.recipe()},
                 {"name", "Line 2"},
                 {"lifetime_s", 3600},
                 {"uses", 5},
                 {"serialPattern", "*"}};
  wanted.update(changes);
  const auto reply = s.must("create_registration_token", System::as(s.ops, wanted));
  return {wanted["recipeId"], reply["token"]["id"], reply["jwt"]};
}

inline std::string unsigned_text(const std::string& header, const std::string& claims) {
  return core::to_base64url(header) + "." + core::to_base64url(claims);
}
// Signed by the installation's own key: only what is said can be wrong with it.
inline std::string forge(const std::string& header, const std::string& claims) {
  const auto text = unsigned_text(header, claims);
  return text + "." + core::to_base64url(es256::sign(active_key().private_pem, text));
}
inline std::string forge(const Issued& from, const Json& changed_claims,
                         const Json& changed_header = Json::object()) {
  Json header = from.header();
  Json claims = from.claims();
  header.update(changed_header);
  claims.update(changed_claims);
  return forge(header.dump(), claims.dump());
}

inline std::string new_serial() { return "REG-" + core::random_hex(6); }
// From an address of its own each time, so that no test is slowed by another.
inline core::Result<Json> present(const std::string& jwt, const std::string& serial = new_serial(),
                                  const std::string& nonce = "") {
  Json request = {{"jwt", jwt}, {"serial", serial}, {"remoteAddress", "address-" + core::random_hex(8)}};
  if (!nonce.empty()) request["nonce"] = nonce;
  return system().call("register_device", request);
}

// Every refusal of a token is this one, to the byte.
inline std::string refusal() {
  static const std::string bytes = contracts::to_json(present("nonsense").error()).dump();
  return bytes;
}
inline void check_refused(const std::string& jwt) {
  const auto reply = present(jwt);
  REQUIRE_FALSE(reply.has_value());
  CHECK(reply.error().code == core::ErrorCode::unauthorized);
  CHECK(contracts::to_json(reply.error()).dump() == refusal());
}

}  // namespace turnkey::registry::tests
