// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_sealed.hpp"

#include "core/hash.hpp"

namespace turnkey::registry::pg_sealed {
namespace {

struct Column {
  What what;
  const char* read;
  const char* replace;
};
constexpr Column kColumns[] = {
    {What::registration_key,
     "select kid, encode(private_sealed, 'hex') from registration_keys where private_sealed is not null",
     "update registration_keys set private_sealed = decode($3, 'hex') where kid = $1 and "
     "private_sealed = decode($2, 'hex')"},
    {What::webhook_secret,
     "select id, encode(webhook_secret_sealed, 'hex') from integrations where webhook_secret_sealed is not "
     "null",
     "update integrations set webhook_secret_sealed = decode($3, 'hex') where id = $1 and "
     "webhook_secret_sealed = decode($2, 'hex')"},
};

}  // namespace

std::vector<Text> all(pqxx::work& tx) {
  std::vector<Text> texts;
  for (const auto& column : kColumns) {
    for (const auto& row : tx.exec(column.read)) {
      texts.push_back(
          {column.what, row[0].as<std::string>(), core::from_hex(row[1].as<std::string>()).value_or("")});
    }
  }
  return texts;
}

void replace(pqxx::work& tx, const Text& read, const std::string& sealed) {
  for (const auto& column : kColumns) {
    if (column.what == read.what)
      tx.exec_params(column.replace, read.id, core::to_hex(read.sealed), core::to_hex(sealed));
  }
}

}  // namespace turnkey::registry::pg_sealed
