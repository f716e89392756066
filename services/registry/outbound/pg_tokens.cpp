// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_tokens.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_tokens {
namespace {

const std::string kColumns = "id, user_id, name, array_to_string(scopes, ','), " TURNKEY_ISO(
    "created_at") ", " TURNKEY_ISO("expires_at") ", " TURNKEY_ISO("last_used_at") " ";
const std::string kSelect = "select " + kColumns + "from api_tokens ";

std::string joined(const std::vector<std::string>& scopes) {  // of a closed list: nothing to escape
  std::string text;
  for (const auto& scope : scopes) text += (text.empty() ? "" : ",") + scope;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

ApiToken token_of(const pqxx::row& row) {
  return {ApiTokenId::trusted(row[0].as<std::string>()),
          core::UserId::trusted(row[1].as<std::string>()),
          row[2].as<std::string>(),
          split(row[3].as<std::string>()),
          time_of(row[4]),
          time_of(row[5]),
          optional_time_of(row[6])};
}

std::optional<ApiToken> first_of(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return token_of(rows[0]);
}

}  // namespace

void insert(pqxx::work& tx, const ApiToken& token, const std::string& token_hash_hex) {
  tx.exec_params(
      "insert into api_tokens (id, token_hash, user_id, name, scopes, created_at, expires_at) values ($1, "
      "decode($2, 'hex'), $3, $4, string_to_array($5, ','), $6::timestamptz, $7::timestamptz)",
      token.id.str(), token_hash_hex, token.user_id.str(), token.name, joined(token.scopes),
      core::to_iso(token.created_at), core::to_iso(token.expires_at));
}

std::optional<ApiToken> use(pqxx::work& tx, const std::string& token_hash_hex, core::Timestamp now) {
  auto token = first_of(
      tx.exec_params(kSelect + "where token_hash = decode($1, 'hex') and expires_at > $2::timestamptz",
                     token_hash_hex, core::to_iso(now)));
  if (token && (!token->last_used_at || now - *token->last_used_at >= std::chrono::minutes(1)))
    tx.exec_params("update api_tokens set last_used_at = $2::timestamptz where id = $1", token->id.str(),
                   core::to_iso(now));
  return token;
}

std::optional<ApiToken> find(pqxx::work& tx, const ApiTokenId& id) {
  return first_of(tx.exec_params(kSelect + "where id = $1", id.str()));
}

std::vector<ApiToken> list(pqxx::work& tx, const std::optional<core::UserId>& user, const std::string& after,
                           int limit, core::Timestamp now) {
  std::vector<ApiToken> tokens;
  for (const auto& row :
       tx.exec_params(kSelect + "where ($1 = '' or user_id = $1) and id > $2 and expires_at > "
                                "$3::timestamptz order by id limit $4",
                      user ? user->str() : "", after, core::to_iso(now), limit))
    tokens.push_back(token_of(row));
  return tokens;
}

int count_of(pqxx::work& tx, const core::UserId& user, core::Timestamp now) {
  return tx
      .exec_params1("select count(*) from api_tokens where user_id = $1 and expires_at > $2::timestamptz",
                    user.str(), core::to_iso(now))[0]
      .as<int>();
}

void remove(pqxx::work& tx, const ApiTokenId& id) {
  tx.exec_params("delete from api_tokens where id = $1", id.str());
}

void remove_all_of(pqxx::work& tx, const core::UserId& user) {
  tx.exec_params("delete from api_tokens where user_id = $1", user.str());
}

void sweep(pqxx::work& tx, core::Timestamp now) {
  tx.exec_params("delete from api_tokens where expires_at <= $1::timestamptz", core::to_iso(now));
}

}  // namespace turnkey::registry::pg_tokens
