// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_batches.hpp"

#include <pqxx/except>
#include <pqxx/result>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_batches {
namespace {

constexpr const char* kLockNotAvailable = "55P03";
constexpr auto kKept = std::chrono::hours(1);

const std::string kSelect =
    "select b.id, b.recipe_id, b.user_id, " TURNKEY_ISO("b.created_at") ", encode(b.input_hash, 'hex'), "
    "b.upload_id, b.devices, b.provisioned, r.name, u.name, u.email from batches b left join recipes r on "
    "r.id = b.recipe_id left join users u on u.id = b.user_id ";

Batch batch_of(const pqxx::row& row) {
  Batch batch;
  batch.id = core::BatchId::trusted(row[0].as<std::string>());
  batch.recipe_id = core::RecipeId::trusted(row[1].as<std::string>());
  batch.user_id = core::UserId::trusted(row[2].as<std::string>());
  batch.created_at = time_of(row[3]);
  batch.input_hash = core::from_hex(row[4].as<std::string>()).value_or("");
  batch.upload_id = row[5].as<std::string>();
  batch.devices = row[6].as<std::size_t>();
  batch.provisioned = row[7].as<std::size_t>();
  return batch;
}

Listed listed_of(const pqxx::row& row) {
  Listed listed{batch_of(row), text_or_empty(row[8]), std::nullopt};
  if (row[10].is_null()) return listed;
  User user;
  user.id = listed.batch.user_id;
  user.name = row[9].as<std::string>();
  user.email = row[10].as<std::string>();
  listed.created_by = std::move(user);
  return listed;
}

std::string text_array(const std::vector<std::string>& serials) {  // of normalised serials: nothing to escape
  std::string text = "{";
  for (const auto& serial : serials) text += (text.size() > 1 ? ",\"" : "\"") + serial + "\"";
  return text + "}";
}

}  // namespace

void lock_imports(pqxx::work& tx, std::chrono::milliseconds patience) {
  tx.exec("set local lock_timeout = " + std::to_string(patience.count()));
  try {
    tx.exec("select pg_advisory_xact_lock(hashtext('registration'))");
  } catch (const pqxx::sql_error& error) {
    if (error.sqlstate() == kLockNotAvailable) throw ImportRuns();
    throw;
  }
  tx.exec("set local lock_timeout = 0");
}

bool claim_request(pqxx::work& tx, const std::string& request_id) {
  return tx
      .exec_params1("select pg_try_advisory_xact_lock(hashtextextended('batch ' || $1, 0))", request_id)[0]
      .as<bool>();
}

std::optional<Batch> find_by_key(pqxx::work& tx, const core::UserId& user,
                                 const std::string& idempotency_key) {
  const auto rows = tx.exec_params(kSelect + "where b.user_id = $1 and b.idempotency_key = $2", user.str(),
                                   idempotency_key);
  if (rows.empty()) return std::nullopt;
  return batch_of(rows[0]);
}

void insert(pqxx::work& tx, const Batch& batch, const std::string& idempotency_key) {
  tx.exec_params(
      "insert into batches (id, recipe_id, user_id, idempotency_key, created_at, devices, input_hash, "
      "provisioned, upload_id) values ($1, $2, $3, $4, $5::timestamptz, $6, decode($7, 'hex'), $8, $9)",
      batch.id.str(), batch.recipe_id.str(), batch.user_id.str(), idempotency_key,
      core::to_iso(batch.created_at), batch.devices, core::to_hex(batch.input_hash), batch.provisioned,
      batch.upload_id);
}

void answered_by(pqxx::work& tx, const core::BatchId& batch, const std::string& upload_id) {
  tx.exec_params("update batches set upload_id = $2 where id = $1", batch.str(), upload_id);
}

std::vector<Listed> list(pqxx::work& tx, const std::optional<core::RecipeId>& recipe,
                         const std::optional<core::BatchId>& before, int limit) {
  std::vector<Listed> batches;
  for (const auto& row : tx.exec_params(
           kSelect +
               "where ($1 = '' or b.recipe_id = $1) and ($2 = '' or (b.created_at, b.id) < (select "
               "created_at, id from batches where id = $2)) order by b.created_at desc, b.id desc limit $3",
           recipe ? recipe->str() : "", before ? before->str() : "", limit))
    batches.push_back(listed_of(row));
  return batches;
}

std::optional<Listed> find(pqxx::work& tx, const core::BatchId& id) {
  const auto rows = tx.exec_params(kSelect + "where b.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return listed_of(rows[0]);
}

std::vector<ListedDevice> devices(pqxx::work& tx, const core::BatchId& batch, const std::string& after_serial,
                                  int limit) {
  std::vector<ListedDevice> devices;
  for (const auto& row : tx.exec_params("select serial, name, model from devices where batch_id = $1 and "
                                        "serial > $2 order by serial limit $3",
                                        batch.str(), after_serial, limit)) {
    ListedDevice device{row[0].as<std::string>(), row[1].as<std::string>(), std::nullopt};
    if (!row[2].is_null()) device.model = row[2].as<std::string>();
    devices.push_back(std::move(device));
  }
  return devices;
}

void lock_devices(pqxx::work& tx, const core::BatchId& batch) {
  tx.exec_params("select from devices where batch_id = $1 order by id for update", batch.str());
}

std::vector<Existing> existing(pqxx::work& tx, const std::vector<std::string>& serials) {
  std::vector<Existing> found;
  for (const auto& row : tx.exec_params("select serial, id, batch_id, encode(row_hash, 'hex') from devices "
                                        "where serial = any($1::text[])",
                                        text_array(serials)))
    found.push_back({row[0].as<std::string>(), core::DeviceId::trusted(row[1].as<std::string>()),
                     id_of<core::BatchId>(row[2]), core::from_hex(text_or_empty(row[3])).value_or("")});
  return found;
}

void write_progress(pqxx::work& tx, const core::UserId& user, const std::string& idempotency_key,
                    const Progress& progress) {
  tx.exec("set local synchronous_commit to off");
  tx.exec_params(
      "insert into batch_progress (user_id, idempotency_key, phase, rows, done, updated_at) values ($1, $2, "
      "$3, $4, $5, $6::timestamptz) on conflict (user_id, idempotency_key) do update set phase = "
      "excluded.phase, rows = excluded.rows, done = excluded.done, updated_at = excluded.updated_at",
      user.str(), idempotency_key, progress.phase, progress.rows, progress.done,
      core::to_iso(progress.updated_at));
}

std::optional<Progress> progress(pqxx::work& tx, const core::UserId& user,
                                 const std::string& idempotency_key) {
  const auto rows = tx.exec_params("select phase, rows, done, " TURNKEY_ISO("updated_at") " from "
                                   "batch_progress where user_id = $1 and idempotency_key = $2",
                                   user.str(), idempotency_key);
  if (rows.empty()) return std::nullopt;
  return Progress{rows[0][0].as<std::string>(), rows[0][1].as<std::int64_t>(), rows[0][2].as<std::int64_t>(),
                  time_of(rows[0][3])};
}

void sweep(pqxx::work& tx, core::Timestamp now) {
  const std::string old = core::to_iso(now - kKept);
  tx.exec_params("delete from batch_inputs where created_at <= $1::timestamptz", old);
  tx.exec_params("delete from batch_progress where updated_at <= $1::timestamptz", old);
  tx.exec_params("delete from batch_outputs where expires_at <= $1::timestamptz", core::to_iso(now));
}

}  // namespace turnkey::registry::pg_batches
