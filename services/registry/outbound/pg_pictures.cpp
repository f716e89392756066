// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_pictures.hpp"

#include <pqxx/result>

#include "core/hash.hpp"

namespace turnkey::registry::pg_pictures {

void save(pqxx::work& tx, const std::string& sha256_hex, const Picture& picture, core::Timestamp now) {
  tx.exec_params(
      "insert into model_pictures (sha256, content_type, bytes, created_at) values (decode($1, 'hex'), $2, "
      "decode($3, 'hex'), $4::timestamptz) on conflict do nothing",
      sha256_hex, picture.content_type, core::to_hex(picture.bytes), core::to_iso(now));
}

std::optional<Picture> find(pqxx::work& tx, const std::string& sha256_hex) {
  const auto rows = tx.exec_params(
      "select content_type, encode(bytes, 'hex') from model_pictures where sha256 = decode($1, 'hex')",
      sha256_hex);
  if (rows.empty()) return std::nullopt;
  return Picture{rows[0][0].as<std::string>(), core::from_hex(rows[0][1].as<std::string>()).value_or("")};
}

}  // namespace turnkey::registry::pg_pictures
