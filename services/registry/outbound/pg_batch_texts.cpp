// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_batch_texts.hpp"

#include <pqxx/binarystring>
#include <pqxx/result>

#include "core/seal.hpp"

namespace turnkey::registry::pg_batch_texts {
namespace {

std::string input_place(const std::string& upload_id, int chunk) {
  return "input " + upload_id + " " + std::to_string(chunk);
}

std::string output_place(const core::BatchId& batch, int page) {
  return "output " + batch.str() + " " + std::to_string(page);
}

std::optional<std::string> unsealed(const pqxx::result& rows, const std::string& key,
                                    const std::string& place) {
  if (rows.empty()) return std::nullopt;
  const pqxx::binarystring sealed(rows[0][0]);
  return core::unseal(key, {sealed.get(), sealed.size()}, place);
}

}  // namespace

std::string seal_input(const std::string& key, const std::string& upload_id, int chunk,
                       const std::string& text) {
  return core::seal(key, text, input_place(upload_id, chunk));
}

void put_input(pqxx::work& tx, const std::string& upload_id, int chunk, const core::UserId& user,
               const std::string& sealed, core::Timestamp now) {
  tx.exec_params(
      "insert into batch_inputs (upload_id, chunk, user_id, sealed, created_at) values ($1, $2, $3, $4, "
      "$5::timestamptz) on conflict (upload_id, chunk) do update set sealed = excluded.sealed, created_at = "
      "excluded.created_at where batch_inputs.user_id = excluded.user_id",
      upload_id, chunk, user.str(), pqxx::binarystring(sealed), core::to_iso(now));
}

int count_inputs(pqxx::work& tx, const std::string& upload_id, const core::UserId& user) {
  return tx
      .exec_params1("select count(*) from batch_inputs where upload_id = $1 and user_id = $2", upload_id,
                    user.str())[0]
      .as<int>();
}

std::optional<std::string> input(pqxx::work& tx, const std::string& upload_id, int chunk,
                                 const std::string& key) {
  return unsealed(
      tx.exec_params("select sealed from batch_inputs where upload_id = $1 and chunk = $2", upload_id, chunk),
      key, input_place(upload_id, chunk));
}

void drop_inputs(pqxx::work& tx, const std::string& upload_id) {
  tx.exec_params("delete from batch_inputs where upload_id = $1", upload_id);
}

void put_output(pqxx::work& tx, const core::BatchId& batch, int page, const std::string& key,
                const std::string& text, core::Timestamp expires_at) {
  tx.exec_params(
      "insert into batch_outputs (batch_id, page, sealed, expires_at) values ($1, $2, $3, $4::timestamptz)",
      batch.str(), page, pqxx::binarystring(core::seal(key, text, output_place(batch, page))),
      core::to_iso(expires_at));
}

std::optional<std::string> output(pqxx::work& tx, const core::BatchId& batch, int page,
                                  const std::string& key, core::Timestamp now) {
  return unsealed(tx.exec_params("select sealed from batch_outputs where batch_id = $1 and page = $2 and "
                                 "expires_at > $3::timestamptz",
                                 batch.str(), page, core::to_iso(now)),
                  key, output_place(batch, page));
}

void drop_outputs(pqxx::work& tx, const core::BatchId& batch) {
  tx.exec_params("delete from batch_outputs where batch_id = $1", batch.str());
}

}  // namespace turnkey::registry::pg_batch_texts
