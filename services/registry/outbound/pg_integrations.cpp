// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_integrations.hpp"

#include <pqxx/result>
#include <stdexcept>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_integrations {
namespace {

const std::string kSelect =
    "select i.id, i.name, i.group_id, array_to_string(i.events, ','), i.webhook_url, "
    "encode(i.webhook_secret_sealed, 'hex'), " TURNKEY_ISO("i.created_at") ", coalesce((select access_key from "
    "credentials where device_id = i.id and revoked_at is null), ''), (select count(*) from webhook_deliveries "
    "where integration_id = i.id and next_attempt_at is not null), (select count(*) from webhook_deliveries "
    "where integration_id = i.id and next_attempt_at is null) from integrations i ";

std::vector<EventType> types_of(const std::string& joined) {
  std::vector<EventType> types;
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t comma = std::min(joined.find(',', at), joined.size());
    const auto type = event_type_from(joined.substr(at, comma - at));
    if (!type) throw std::runtime_error("the database holds a type of event that is none");
    types.push_back(*type);
    at = comma + 1;
  }
  return types;
}

std::string array_of(const std::vector<EventType>& types) {  // letters and dots: nothing to escape
  std::string text = "{";
  for (const auto type : types) text += (text.size() > 1 ? "," : "") + std::string(to_string(type));
  return text + "}";
}

Stored stored_of(const pqxx::row& row) {
  Stored stored;
  stored.integration.id = core::IntegrationId::trusted(row[0].as<std::string>());
  stored.integration.name = row[1].as<std::string>();
  stored.integration.group_id = id_of<core::GroupId>(row[2]);
  stored.integration.events = types_of(row[3].as<std::string>());
  if (!row[4].is_null()) stored.integration.webhook_url = row[4].as<std::string>();
  stored.webhook_secret_sealed = core::from_hex(text_or_empty(row[5])).value_or("");
  stored.integration.created_at = time_of(row[6]);
  stored.user = row[7].as<std::string>();
  stored.waiting = row[8].as<int>();
  stored.given_up = row[9].as<int>();
  return stored;
}

std::string id_or_empty(const std::optional<core::GroupId>& id) { return id ? id->str() : ""; }

}  // namespace

std::vector<Stored> list(pqxx::work& tx, const User& reader) {
  std::vector<Stored> all;
  for (const auto& row :
       tx.exec_params(kSelect + "left join groups g on g.id = i.group_id where $1 or g.path && "
                                "$2::text[] order by lower(i.name), i.id",
                      reader.is_operator(), array_literal(reader.group_ids)))
    all.push_back(stored_of(row));
  return all;
}

std::optional<Stored> find(pqxx::work& tx, const core::IntegrationId& id) {
  const auto rows = tx.exec_params(kSelect + "where i.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return stored_of(rows[0]);
}

void lock(pqxx::work& tx, const core::IntegrationId& id) {
  tx.exec_params("select from integrations where id = $1 for no key update", id.str());
}

std::vector<core::IntegrationId> of_groups(pqxx::work& tx, const std::vector<core::GroupId>& groups) {
  std::vector<core::IntegrationId> ids;
  for (const auto& row : tx.exec_params(
           "select id from integrations where group_id = any($1::text[]) order by id", array_literal(groups)))
    ids.push_back(core::IntegrationId::trusted(row[0].as<std::string>()));
  return ids;
}

int count_in(pqxx::work& tx, const std::optional<core::GroupId>& group) {
  return tx
      .exec_params1("select count(*) from integrations where coalesce(group_id, '') = $1",
                    id_or_empty(group))[0]
      .as<int>();
}

void insert(pqxx::work& tx, const Stored& made, const core::UserId& by) {
  const Integration& it = made.integration;
  tx.exec_params(
      "insert into integrations (id, name, group_id, events, webhook_url, webhook_secret_sealed, created_at, "
      "created_by) values ($1, $2, nullif($3, ''), $4::text[], nullif($5, ''), nullif(decode($6, 'hex'), "
      "''), "
      "$7::timestamptz, $8)",
      it.id.str(), it.name, id_or_empty(it.group_id), array_of(it.events), it.webhook_url.value_or(""),
      core::to_hex(made.webhook_secret_sealed), core::to_iso(it.created_at), by.str());
}

void update(pqxx::work& tx, const Stored& changed) {
  const Integration& it = changed.integration;
  tx.exec_params(
      "update integrations set name = $2, events = $3::text[], webhook_url = nullif($4, ''), "
      "webhook_secret_sealed = nullif(decode($5, 'hex'), ''), webhook_failures = 0, webhook_paused_until = "
      "null "
      "where id = $1",
      it.id.str(), it.name, array_of(it.events), it.webhook_url.value_or(""),
      core::to_hex(changed.webhook_secret_sealed));
  if (!it.webhook_url)
    tx.exec_params("delete from webhook_deliveries where integration_id = $1", it.id.str());
}

void remove(pqxx::work& tx, const core::IntegrationId& id) {
  tx.exec_params("delete from integrations where id = $1", id.str());
  tx.exec_params("delete from integration_outbox where key = $1", id.str());
}

contracts::CredentialChanges change_keys(pqxx::work& tx, const core::IntegrationId& id,
                                         const std::optional<NewKey>& next, std::int64_t revision,
                                         core::Timestamp now) {
  contracts::CredentialChanges changes;
  changes.revision = revision;
  for (const auto& row :
       tx.exec_params("update credentials set revoked_at = $2::timestamptz, revision = $3 where "
                      "device_id = $1 and revoked_at is null returning access_key",
                      id.str(), core::to_iso(now), revision))
    changes.changes.push_back({row[0].as<std::string>(), true});
  if (!next) return changes;
  tx.exec_params(
      "insert into credentials (access_key, device_id, secret_hash, revision, created_at, holder) values "
      "($1, $2, "
      "decode($3, 'hex'), $4, $5::timestamptz, 'integration')",
      next->user, id.str(), next->secret_hash_hex, revision, core::to_iso(now));
  contracts::CredentialChange begun{next->user};
  begun.integration_id = id;
  begun.secret_hash_hex = next->secret_hash_hex;
  changes.changes.push_back(std::move(begun));
  return changes;
}

std::vector<Hearer> hearers(pqxx::work& tx, EventType type, const std::vector<core::GroupId>& path) {
  std::vector<Hearer> all;
  for (const auto& row :
       tx.exec_params("select id, group_id, webhook_url is not null from integrations where $1 = "
                      "any(events) and (group_id is null or group_id = any($2::text[])) order by id",
                      std::string(to_string(type)), array_literal(path)))
    all.push_back({core::IntegrationId::trusted(row[0].as<std::string>()), id_of<core::GroupId>(row[1]),
                   row[2].as<bool>()});
  return all;
}

bool anybody_hears(pqxx::work& tx, const std::vector<EventType>& types) {
  return !tx.exec_params("select from integrations where events && $1::text[] limit 1", array_of(types))
              .empty();
}

}  // namespace turnkey::registry::pg_integrations
