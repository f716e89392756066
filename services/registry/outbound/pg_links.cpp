// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_links.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_links {
namespace {

LinkKind kind_of(const std::string& name) {
  for (const auto& [kind, known] : kLinkKinds)
    if (known == name) return kind;
  throw std::runtime_error("the database holds a link of no known kind");
}

}  // namespace

void insert(pqxx::work& tx, const OneTimeLink& link, const std::string& token_hash_hex, core::Timestamp now) {
  tx.exec_params(
      "insert into one_time_links (token_hash, kind, user_id, created_by, created_at, expires_at) values "
      "(decode($1, 'hex'), $2, $3, $4, $5::timestamptz, $6::timestamptz)",
      token_hash_hex, std::string(to_string(link.kind)), link.user_id.str(), link.created_by.str(),
      core::to_iso(now), core::to_iso(link.expires_at));
}

std::optional<OneTimeLink> find(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now) {
  const auto rows = tx.exec_params("select kind, user_id, created_by, " TURNKEY_ISO(
                                       "expires_at") " from one_time_links where token_hash = decode($1, "
                                                     "'hex') and used_at is null and expires_at > "
                                                     "$2::timestamptz",
                                   token_hash_hex, core::to_iso(now));
  if (rows.empty()) return std::nullopt;
  return OneTimeLink{kind_of(rows[0][0].as<std::string>()),
                     core::UserId::trusted(rows[0][1].as<std::string>()),
                     core::UserId::trusted(rows[0][2].as<std::string>()), time_of(rows[0][3])};
}

void mark_used(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now) {
  tx.exec_params("update one_time_links set used_at = $2::timestamptz where token_hash = decode($1, 'hex')",
                 token_hash_hex, core::to_iso(now));
}

void void_of(pqxx::work& tx, const core::UserId& user) {
  tx.exec_params("delete from one_time_links where user_id = $1 and used_at is null", user.str());
}

void sweep(pqxx::work& tx, core::Timestamp now) {
  tx.exec_params("delete from one_time_links where expires_at <= $1::timestamptz", core::to_iso(now));
}

}  // namespace turnkey::registry::pg_links
