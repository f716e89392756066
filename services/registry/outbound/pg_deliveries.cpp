// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_deliveries.hpp"

#include <pqxx/result>

#include "core/hash.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_deliveries {

std::optional<Due> take(pqxx::work& tx, core::Timestamp now, core::Timestamp leased_until) {
  // Two that take at the same time would not see each other's leases.
  tx.exec("select pg_advisory_xact_lock(hashtext('webhook deliveries'))");
  const auto rows = tx.exec_params(
      "with due as (select d.id from integrations i cross join lateral (select id, next_attempt_at from "
      "webhook_deliveries where integration_id = i.id and next_attempt_at <= $1::timestamptz and "
      "coalesce(leased_until <= $1::timestamptz, true) order by next_attempt_at, id limit 1) d where "
      "i.webhook_url is not null and coalesce(i.webhook_paused_until <= $1::timestamptz, true) and "
      "(select count(*) from webhook_deliveries l where l.integration_id = i.id and l.leased_until > "
      "$1::timestamptz) < $3 order by d.next_attempt_at, d.id limit 1) update webhook_deliveries d set leased_until = $2::timestamptz from due, integrations i where d.id = "
      "due.id and i.id = d.integration_id returning d.id, d.integration_id, d.event_id, d.body, " TURNKEY_ISO(
          "d.created_at") ", d.attempts, i.webhook_failures, i.webhook_url, encode(i.webhook_secret_sealed, 'hex')",
      core::to_iso(now), core::to_iso(leased_until), kAtOnce);
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  return Due{row[0].as<std::int64_t>(),
             core::IntegrationId::trusted(row[1].as<std::string>()),
             row[2].as<std::string>(),
             row[3].as<std::string>(),
             time_of(row[4]),
             row[5].as<int>(),
             row[6].as<int>(),
             row[7].as<std::string>(),
             core::from_hex(row[8].as<std::string>()).value_or("")};
}

void delivered(pqxx::work& tx, const Due& due) {
  tx.exec_params("delete from webhook_deliveries where id = $1", due.id);
  tx.exec_params(
      "update integrations set webhook_failures = 0, webhook_paused_until = null where id = $1 and "
      "webhook_failures > 0",
      due.integration.str());
}

void failed(pqxx::work& tx, const Due& due, const Failure& failure, core::Timestamp now) {
  tx.exec_params(
      "update webhook_deliveries set attempts = attempts + 1, leased_until = null, last_attempt_at = "
      "$2::timestamptz, last_error = $3, next_attempt_at = nullif($4, '')::timestamptz where id = $1",
      due.id, core::to_iso(now), failure.error,
      failure.next_attempt_at ? core::to_iso(*failure.next_attempt_at) : "");
  tx.exec_params(
      "update integrations set webhook_failures = webhook_failures + 1, webhook_paused_until = "
      "$2::timestamptz where id = $1",
      due.integration.str(), core::to_iso(failure.receiver_paused_until));
}

std::vector<Shown> list(pqxx::work& tx, const core::IntegrationId& integration, std::int64_t before,
                        int limit) {
  std::vector<Shown> all;
  for (const auto& row : tx.exec_params(
           "select id, event_id, body::jsonb ->> 'type', body::jsonb -> 'device' ->> "
           "'serial', " TURNKEY_ISO("created_at") ", attempts, " TURNKEY_ISO(
               "last_attempt_at") ", " TURNKEY_ISO("next_attempt_at") ", "
                                                                      "last_error from "
                                                                      "webhook_deliveries where "
                                                                      "integration_id = $1 and ($2 = 0 "
                                                                      "or id < $2) order by id desc "
                                                                      "limit $3",
           integration.str(), before, limit))
    all.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<std::string>(),
                   row[3].as<std::string>(), time_of(row[4]), row[5].as<int>(), optional_time_of(row[6]),
                   optional_time_of(row[7]), text_or_empty(row[8])});
  return all;
}

int sweep(pqxx::work& tx, core::Timestamp given_up_before, core::Timestamp forgotten_before) {
  const auto given_up = tx.exec_params(
      "update webhook_deliveries set next_attempt_at = null, leased_until = null, last_error = "
      "coalesce(last_error, "
      "'It was never tried: the receiver was failing all the time.') where next_attempt_at is not null and "
      "created_at < $1::timestamptz",
      core::to_iso(given_up_before));
  tx.exec_params("delete from webhook_deliveries where created_at < $1::timestamptz",
                 core::to_iso(forgotten_before));
  tx.exec_params("delete from integration_outbox where created_at < $1::timestamptz",
                 core::to_iso(given_up_before));
  return static_cast<int>(given_up.affected_rows());
}

int waiting(pqxx::work& tx) {
  return tx.exec1("select count(*) from webhook_deliveries where next_attempt_at is not null")[0].as<int>();
}

}  // namespace turnkey::registry::pg_deliveries
