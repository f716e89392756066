// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_credentials.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_credentials {
namespace {

const std::string kSelect =
    "select access_key, device_id, encode(secret_hash, 'hex'), " TURNKEY_ISO("created_at") ", created_by, "
    TURNKEY_ISO("valid_until") ", " TURNKEY_ISO("revoked_at") ", disabled, array_to_string(allowed_addresses, ',') "
    "from credentials where device_id = $1 ";

std::vector<core::AddressRange> ranges_of(const std::string& joined) {
  std::vector<core::AddressRange> ranges;
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t comma = std::min(joined.find(',', at), joined.size());
    const auto range = core::AddressRange::parse(joined.substr(at, comma - at));
    if (!range) throw std::runtime_error("the database holds a range of addresses that cannot be read");
    ranges.push_back(*range);
    at = comma + 1;
  }
  return ranges;
}

std::string array_of(const std::vector<core::AddressRange>& ranges) {  // digits and colons: nothing to escape
  std::string text = "{";
  for (const auto& range : ranges) text += (text.size() > 1 ? "," : "") + range.str();
  return text + "}";
}

DeviceCredential credential_of(const pqxx::row& row) {
  DeviceCredential credential;
  credential.access_key = row[0].as<std::string>();
  credential.device_id = core::DeviceId::trusted(row[1].as<std::string>());
  credential.secret_hash_hex = row[2].as<std::string>();
  credential.created_at = time_of(row[3]);
  credential.created_by = id_of<core::UserId>(row[4]);
  credential.valid_until = optional_time_of(row[5]);
  credential.revoked_at = optional_time_of(row[6]);
  credential.disabled = row[7].as<bool>();
  credential.allowed_addresses = ranges_of(row[8].as<std::string>());
  return credential;
}

std::vector<DeviceCredential> credentials_of(const pqxx::result& rows) {
  std::vector<DeviceCredential> credentials;
  for (const auto& row : rows) credentials.push_back(credential_of(row));
  return credentials;
}

std::string iso_or_empty(const std::optional<core::Timestamp>& time) {
  return time ? core::to_iso(*time) : "";
}

}  // namespace

std::vector<DeviceCredential> of_device(pqxx::work& tx, const core::DeviceId& device, core::Timestamp now,
                                        std::optional<core::Timestamp> revoked_since, int limit) {
  return credentials_of(tx.exec_params(
      kSelect + "and (revoked_at is null or $2 = '' or revoked_at >= nullif($2, '')::timestamptz) order by "
                "revoked_at is not null, coalesce(valid_until <= $3::timestamptz, false), created_at desc, "
                "access_key limit $4",
      device.str(), iso_or_empty(revoked_since), core::to_iso(now), limit));
}

std::vector<DeviceCredential> unrevoked_of(pqxx::work& tx, const core::DeviceId& device) {
  return credentials_of(
      tx.exec_params(kSelect + "and revoked_at is null order by created_at, access_key", device.str()));
}

std::optional<DeviceCredential> find(pqxx::work& tx, const core::DeviceId& device,
                                     const std::string& access_key) {
  const auto rows = tx.exec_params(kSelect + "and access_key = $2", device.str(), access_key);
  if (rows.empty()) return std::nullopt;
  return credential_of(rows[0]);
}

void insert(pqxx::work& tx, const DeviceCredential& credential, std::int64_t revision) {
  tx.exec_params(
      "insert into credentials (access_key, device_id, secret_hash, revision, created_at, created_by, "
      "valid_until, disabled, allowed_addresses) values ($1, $2, decode($3, 'hex'), $4, $5::timestamptz, "
      "nullif($6, ''), nullif($7, '')::timestamptz, $8, $9::cidr[])",
      credential.access_key, credential.device_id.str(), credential.secret_hash_hex, revision,
      core::to_iso(credential.created_at), credential.created_by ? credential.created_by->str() : "",
      iso_or_empty(credential.valid_until), credential.disabled, array_of(credential.allowed_addresses));
}

void insert(pqxx::work& tx, const core::DeviceId& device, const Credentials& credentials,
            std::int64_t revision, core::Timestamp now) {
  DeviceCredential credential;
  credential.access_key = credentials.access_key;
  credential.device_id = device;
  credential.secret_hash_hex = core::sha256_hex(credentials.access_secret);
  credential.created_at = now;
  insert(tx, credential, revision);
}

void update(pqxx::work& tx, const DeviceCredential& credential, std::int64_t revision) {
  tx.exec_params(
      "update credentials set secret_hash = decode($2, 'hex'), revision = $3, valid_until = nullif($4, "
      "'')::timestamptz, revoked_at = nullif($5, '')::timestamptz, disabled = $6, allowed_addresses = "
      "$7::cidr[] where access_key = $1",
      credential.access_key, credential.secret_hash_hex, revision, iso_or_empty(credential.valid_until),
      iso_or_empty(credential.revoked_at), credential.disabled, array_of(credential.allowed_addresses));
}

std::vector<std::string> revoke_all(pqxx::work& tx, const core::DeviceId& device, std::int64_t revision,
                                    core::Timestamp now) {
  std::vector<std::string> keys;
  for (const auto& row : tx.exec_params("update credentials set revoked_at = $2::timestamptz, revision = $3 "
                                        "where device_id = $1 and revoked_at is null "
                                        "returning access_key",
                                        device.str(), core::to_iso(now), revision))
    keys.push_back(row[0].as<std::string>());
  return keys;
}

contracts::CredentialChange change_of(const DeviceCredential& credential) {
  if (credential.revoked_at || credential.disabled) return {credential.access_key, true, {}, {}};
  contracts::CredentialChange change{credential.access_key, false, credential.device_id,
                                     credential.secret_hash_hex};
  for (const auto& range : credential.allowed_addresses) change.allowed_addresses.push_back(range.str());
  change.valid_until = credential.valid_until;
  return change;
}

}  // namespace turnkey::registry::pg_credentials
