// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_releases.hpp"

#include "domain/tags.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_releases {
namespace {

std::string joined(const std::vector<std::string>& keys) {  // access keys are UUIDs: nothing to escape
  std::string text = "{";
  for (const auto& key : keys) text += (text.size() > 1 ? "," : "") + key;
  return text + "}";
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    keys.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return keys;
}

Request request_of(const pqxx::row& row) {
  return {core::UserId::trusted(row[4].as<std::string>()),
          row[5].as<std::string>(),
          row[6].as<std::string>(),
          time_of(row[7]),
          text_or_empty(row[8]),
          row[9].as<std::string>()};
}

}  // namespace

std::optional<Release> find(pqxx::work& tx, const core::DeviceId& device) {
  const auto rows = tx.exec_params(
      "select device_id, " TURNKEY_ISO("released_at") ", " TURNKEY_ISO("undo_until") ", assignment_epoch, user_id, idempotency_key, "
      "encode(request_hash, 'hex'), " TURNKEY_ISO("requested_at") ", access_key, encode(salt, 'hex'), replaced_by, group_id, name, "
      "model, tags, " TURNKEY_ISO("provisioned_at") ", provisioning_id, array_to_string(revoked_keys, ','), undone "
      "from released_devices where device_id = $1",
      device.str());
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  Release release;
  release.device_id = device;
  release.released_at = time_of(row[1]);
  release.undo_until = time_of(row[2]);
  release.assignment_epoch = row[3].as<std::int64_t>();
  release.request = request_of(row);
  release.replaced_by = id_of<core::DeviceId>(row[10]);
  release.group_id = core::GroupId::trusted(row[11].as<std::string>());
  release.name = text_or_empty(row[12]);
  if (!row[13].is_null()) release.model = row[13].as<std::string>();
  if (!row[14].is_null()) release.tags = tags_from_own_json(row[14].as<std::string>());
  release.provisioned_at = optional_time_of(row[15]);
  release.provisioning_id = id_of<core::ProvisioningId>(row[16]);
  release.revoked_keys = split(row[17].as<std::string>());
  release.undone = row[18].as<bool>();
  return release;
}

std::optional<core::Timestamp> undoable_until(pqxx::work& tx, const Device& device, core::Timestamp now) {
  const auto release = find(tx, device.id);
  const bool possible = release && !device.owned() && !release->undone && now < release->undo_until &&
                        release->assignment_epoch == device.assignment_epoch;
  return possible ? std::optional(release->undo_until) : std::nullopt;
}

void save(pqxx::work& tx, const Release& release) {
  tx.exec_params("delete from released_devices where device_id = $1", release.device_id.str());
  tx.exec_params(
      "insert into released_devices (device_id, released_at, undo_until, assignment_epoch, user_id, "
      "idempotency_key, request_hash, requested_at, access_key, salt, replaced_by, group_id, name, model, "
      "tags, provisioned_at, provisioning_id, revoked_keys) values ($1, $2::timestamptz, $3::timestamptz, "
      "$4, "
      "$5, $6, decode($7, 'hex'), $8::timestamptz, nullif($9, ''), decode($10, 'hex'), nullif($11, ''), $12, "
      "$13, nullif($14, ''), $15::jsonb, nullif($16, '')::timestamptz, nullif($17, ''), $18::text[])",
      release.device_id.str(), core::to_iso(release.released_at), core::to_iso(release.undo_until),
      release.assignment_epoch, release.request.user.str(), release.request.idempotency_key,
      release.request.hash_hex, core::to_iso(release.request.requested_at), release.request.access_key,
      release.request.salt_hex, release.replaced_by ? release.replaced_by->str() : "", release.group_id.str(),
      release.name, release.model.value_or(""), to_json(release.tags).dump(),
      release.provisioned_at ? core::to_iso(*release.provisioned_at) : "",
      release.provisioning_id ? release.provisioning_id->str() : "", joined(release.revoked_keys));
}

void answer(pqxx::work& tx, const core::DeviceId& device, const Request& request) {
  tx.exec_params(
      "update released_devices set request_hash = decode($2, 'hex'), requested_at = $3::timestamptz, "
      "access_key = nullif($4, ''), salt = decode($5, 'hex') where device_id = $1",
      device.str(), request.hash_hex, core::to_iso(request.requested_at), request.access_key,
      request.salt_hex);
}

void mark_undone(pqxx::work& tx, const core::DeviceId& device) {
  tx.exec_params("update released_devices set undone = true where device_id = $1", device.str());
}

std::vector<Undoable> list(pqxx::work& tx, const User& reader, core::Timestamp now,
                           const std::optional<core::DeviceId>& after, int limit) {
  const auto rows = tx.exec_params(
      "select r.device_id, d.serial, r.name, g.name, " TURNKEY_ISO("r.released_at") ", " TURNKEY_ISO("r.undo_until") " "
      "from released_devices r join devices d on d.id = r.device_id and d.assignment_epoch = r.assignment_epoch "
      "join groups g on g.id = r.group_id "
      "where r.undo_until > $1::timestamptz and r.name is not null and not r.undone "
      "and ($2 or g.path && $3::text[]) and ($4 = '' or (r.released_at, r.device_id) < "
      "(select released_at, device_id from released_devices where device_id = $4)) "
      "order by r.released_at desc, r.device_id desc limit $5",
      core::to_iso(now), reader.is_operator(), array_literal(reader.group_ids), after ? after->str() : "",
      limit);
  std::vector<Undoable> items;
  for (const auto& row : rows) {
    items.push_back({core::DeviceId::trusted(row[0].as<std::string>()), row[1].as<std::string>(),
                     row[2].as<std::string>(), row[3].as<std::string>(), time_of(row[4]), time_of(row[5])});
  }
  return items;
}

void forget_owners(pqxx::work& tx, core::Timestamp now) {
  tx.exec_params(
      "update released_devices set name = null, model = null, tags = null, provisioned_at = null, "
      "provisioning_id = null, revoked_keys = '{}' where undo_until <= $1::timestamptz and name is not null",
      core::to_iso(now));
}

}  // namespace turnkey::registry::pg_releases
