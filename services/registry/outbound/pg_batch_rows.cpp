// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_batch_rows.hpp"

#include <pqxx/result>
#include <pqxx/stream_to>

#include "domain/tags.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_batch_rows {
namespace {

constexpr int kFetch = 5000;

const std::vector<std::string> kColumns = {"n",        "device_id",  "serial",     "name",
                                           "model",    "group_id",   "tags",       "provisioned_at",
                                           "row_hash", "access_key", "secret_hash"};

const char* text_of(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

std::string bytea(const core::Sha256& digest) { return "\\x" + core::to_hex(core::view(digest)); }

}  // namespace

void clear(pqxx::work& tx) { tx.exec("truncate batch_rows"); }

void stage(pqxx::work& tx, const std::vector<StagedRow>& rows) {
  if (rows.empty()) return;
  pqxx::stream_to out(tx, "batch_rows", kColumns);
  for (const auto& row : rows) {
    const auto& device = row.device;
    const auto group = device.group_id ? std::optional(device.group_id->str()) : std::nullopt;
    const auto since =
        device.provisioned_at ? std::optional(core::to_iso(*device.provisioned_at)) : std::nullopt;
    out << std::make_tuple(row.n, row.device_id.str(), device.serial, device.name, text_of(device.model),
                           text_of(group), to_json(device.tags).dump(), text_of(since),
                           bytea(device.row_hash), row.access_key, bytea(row.secret_hash));
  }
  out.complete();
}

void make_devices(pqxx::work& tx, const Target& target, int from, int to) {
  tx.exec_params(
      "insert into devices (id, serial, name, recipe_id, recipe_version, model, group_id, tags, "
      "assignment_epoch, provisioned_at, revision, batch_id, created_at, row_hash) select device_id, serial, "
      "name, $1, $2, model, group_id, tags, (group_id is not null)::int, provisioned_at, $3::bigint + n, $4, "
      "$5::timestamptz, row_hash from batch_rows where n > $6 and n <= $7 order by n",
      target.batch.recipe_id.str(), target.recipe_version, target.before_first, target.batch.id.str(),
      core::to_iso(target.now), from, to);
}

void make_credentials(pqxx::work& tx, const Target& target, int from, int to) {
  tx.exec_params(
      "insert into credentials (access_key, device_id, secret_hash, revision, created_at) select access_key, "
      "device_id, secret_hash, $1::bigint + n, $2::timestamptz from batch_rows where n > $3 and n <= $4 "
      "order "
      "by n",
      target.before_first, core::to_iso(target.now), from, to);
}

void revoke_credentials(pqxx::work& tx, const Target& target) {
  tx.exec_params(
      "update credentials set revoked_at = $2::timestamptz, revision = $1::bigint + r.n from batch_rows r "
      "where credentials.device_id = r.device_id and revoked_at is null",
      target.before_first, core::to_iso(target.now));
}

LedgerLines::LedgerLines(pqxx::work& tx, const Target& target) : tx_(tx), target_(target) {
  tx_.exec(
      "declare ledger_lines cursor for select device_id, serial, group_id, model from batch_rows order by n");
}

std::vector<LedgerEntry> LedgerLines::next() {
  std::vector<LedgerEntry> lines;
  const auto rows = tx_.exec("fetch " + std::to_string(kFetch) + " from ledger_lines");
  if (rows.empty()) tx_.exec("close ledger_lines");
  for (const auto& row : rows) {
    LedgerEntry entry;
    entry.act = "device.registered";
    entry.at = target_.now;
    entry.device_id = core::DeviceId::trusted(row[0].as<std::string>());
    entry.serial = row[1].as<std::string>();
    entry.user_id = target_.batch.user_id;
    entry.detail = {{"batchId", target_.batch.id.str()}, {"recipeId", target_.batch.recipe_id.str()}};
    lines.push_back(entry);
    if (row[2].is_null()) continue;
    entry.act = "device.assigned";
    entry.detail["groupId"] = row[2].as<std::string>();
    entry.detail["model"] = text_or_empty(row[3]);
    lines.push_back(std::move(entry));
  }
  return lines;
}

}  // namespace turnkey::registry::pg_batch_rows
