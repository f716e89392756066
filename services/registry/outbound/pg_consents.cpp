// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_consents.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_consents {
namespace {

const std::string kColumns = "c.id, c.device_id, c.requester_id, c.assignment_epoch, c.note, " TURNKEY_ISO(
    "c.asked_at") ", c.state, " TURNKEY_ISO("c.decided_at") ", " TURNKEY_ISO("c.granted_until") " ";
const std::string kSelect = "select " + kColumns + "from consent_requests c ";
const std::string kSelectShown =
    "select " + kColumns +
    ", d.serial, d.name, g.name, u.name, u.email from consent_requests c join devices d on d.id = "
    "c.device_id join groups g on g.id = d.group_id join users u on u.id = c.requester_id ";

ConsentRequest request_of(const pqxx::row& row) {
  ConsentRequest request;
  request.id = ConsentRequestId::trusted(row[0].as<std::string>());
  request.device_id = core::DeviceId::trusted(row[1].as<std::string>());
  request.requester = core::UserId::trusted(row[2].as<std::string>());
  request.assignment_epoch = row[3].as<std::int64_t>();
  request.note = row[4].as<std::string>();
  request.asked_at = time_of(row[5]);
  request.state = consent_state_from(row[6].as<std::string>());
  request.decided_at = optional_time_of(row[7]);
  request.granted_until = optional_time_of(row[8]);
  return request;
}

std::optional<ConsentRequest> first_of(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return request_of(rows[0]);
}

Shown shown_of(const pqxx::row& row) {
  return {request_of(row),           row[9].as<std::string>(),  row[10].as<std::string>(),
          row[11].as<std::string>(), row[12].as<std::string>(), row[13].as<std::string>()};
}

std::string iso_or_empty(const std::optional<core::Timestamp>& time) {
  return time ? core::to_iso(*time) : "";
}

}  // namespace

void lock_asks(pqxx::work& tx, const core::UserId& user) {
  tx.exec_params("select pg_advisory_xact_lock(hashtext('consent asks'), hashtext($1))", user.str());
}

std::optional<core::Timestamp> oldest_of_last(pqxx::work& tx, const core::UserId& user, int count,
                                              core::Timestamp since) {
  const auto rows = tx.exec_params("select " TURNKEY_ISO("at") " from consent_asks where user_id = $1 and at > $2::timestamptz order "
                                   "by at desc offset $3 limit 1",
                                   user.str(), core::to_iso(since), count - 1);
  if (rows.empty()) return std::nullopt;
  return time_of(rows[0][0]);
}

void add_ask(pqxx::work& tx, const core::UserId& user, core::Timestamp now) {
  tx.exec_params("insert into consent_asks (user_id, at) values ($1, $2::timestamptz)", user.str(),
                 core::to_iso(now));
}

bool granted(pqxx::work& tx, const std::string& serial, const core::UserId& user, core::Timestamp now) {
  return !tx.exec_params(
                "select from consent_requests c join devices d on d.id = c.device_id and d.assignment_epoch "
                "= c.assignment_epoch where c.requester_id = $1 and d.serial = $2 and c.granted_until > "
                "$3::timestamptz",
                user.str(), serial, core::to_iso(now))
              .empty();
}

std::optional<ConsentRequest> find(pqxx::work& tx, const ConsentRequestId& id) {
  return first_of(tx.exec_params(kSelect + "where c.id = $1", id.str()));
}

std::optional<ConsentRequest> find(pqxx::work& tx, const core::DeviceId& device,
                                   const core::UserId& requester) {
  return first_of(tx.exec_params(kSelect + "where c.device_id = $1 and c.requester_id = $2", device.str(),
                                 requester.str()));
}

void save(pqxx::work& tx, const ConsentRequest& request) {
  tx.exec_params(
      "insert into consent_requests (id, device_id, requester_id, assignment_epoch, note, asked_at, state, "
      "decided_at, granted_until) values ($1, $2, $3, $4, $5, $6::timestamptz, $7, nullif($8, "
      "'')::timestamptz, nullif($9, '')::timestamptz) on conflict (device_id, requester_id) do update set id "
      "= excluded.id, assignment_epoch = excluded.assignment_epoch, note = excluded.note, asked_at = "
      "excluded.asked_at, state = excluded.state, decided_at = excluded.decided_at, granted_until = "
      "excluded.granted_until",
      request.id.str(), request.device_id.str(), request.requester.str(), request.assignment_epoch,
      request.note, core::to_iso(request.asked_at), std::string(to_string(request.state)),
      iso_or_empty(request.decided_at), iso_or_empty(request.granted_until));
}

std::vector<Shown> list(pqxx::work& tx, const User& reader, const Filter& filter, core::Timestamp now) {
  std::vector<Shown> items;
  for (const auto& row : tx.exec_params(
           kSelectShown +
               "where c.assignment_epoch = d.assignment_epoch and ($1 or "
               "g.path && $2::text[]) and (c.asked_at > $3::timestamptz or c.granted_until > "
               "$4::timestamptz) and (not $5 or c.state = 'open') and ($6 = '' or (c.asked_at, c.id) < "
               "(select asked_at, id from consent_requests where id = $6)) order by c.asked_at desc, c.id "
               "desc limit $7",
           reader.is_operator(), array_literal(reader.group_ids), core::to_iso(now - kRequestKept),
           core::to_iso(now), filter.open_only, filter.after ? filter.after->str() : "", filter.limit))
    items.push_back(shown_of(row));
  return items;
}

Shown show(pqxx::work& tx, const ConsentRequestId& id) {
  return shown_of(tx.exec_params1(kSelectShown + "where c.id = $1", id.str()));
}

void sweep(pqxx::work& tx, core::Timestamp now) {
  tx.exec_params("delete from consent_asks where at <= $1::timestamptz", core::to_iso(now - kAsksCount));
  tx.exec_params(
      "delete from consent_requests c using devices d where d.id = c.device_id and (d.assignment_epoch <> "
      "c.assignment_epoch or (c.asked_at <= $1::timestamptz and (c.granted_until is null or "
      "c.granted_until <= $2::timestamptz)))",
      core::to_iso(now - kRequestKept), core::to_iso(now));
}

}  // namespace turnkey::registry::pg_consents
