// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_notices.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_notices {
namespace {

// `r` are the reader's own marks.
const std::string kSelect =
    "select n.id, n.kind, d.serial, n.device_name, " TURNKEY_ISO("n.at") ", r.user_id is not null, u.name, u.email, " TURNKEY_ISO(
        "n.agreed_at") " from notices n join devices d on d.id = n.device_id join groups g on g.id = n.group_id left join "
                       "users u on u.id = n.agreed_with ";

Notice notice_of(const pqxx::row& row) {
  Notice notice{NoticeId::trusted(row[0].as<std::string>()),
                row[1].as<std::string>(),
                row[2].as<std::string>(),
                row[3].as<std::string>(),
                time_of(row[4]),
                row[5].as<bool>()};
  if (!row[6].is_null())
    notice.agreed = AgreedShown{row[6].as<std::string>(), row[7].as<std::string>(), time_of(row[8])};
  return notice;
}

}  // namespace

void insert(pqxx::work& tx, const std::string& kind, const Device& device, core::Timestamp now,
            const std::optional<Agreed>& agreed) {
  tx.exec_params(
      "insert into notices (id, kind, device_id, device_name, group_id, at, agreed_with, agreed_at) values "
      "($1, $2, $3, $4, $5, $6::timestamptz, nullif($7, ''), nullif($8, '')::timestamptz)",
      NoticeId::random().str(), kind, device.id.str(), device.name, device.group_id->str(), core::to_iso(now),
      agreed ? agreed->with.str() : "", agreed ? core::to_iso(agreed->at) : "");
}

std::vector<Notice> list(pqxx::work& tx, const User& reader, const Filter& filter) {
  std::vector<Notice> notices;
  for (const auto& row : tx.exec_params(
           kSelect +
               "left join notice_reads r on r.notice_id = n.id and r.user_id = $1 where g.path && $2::text[] "
               "and n.at > $3::timestamptz and (not $4 or r.user_id is null) and ($5 = '' or (n.at, n.id) < "
               "(select at, id from notices where id = $5)) order by n.at desc, n.id desc limit $6",
           reader.id.str(), array_literal(reader.group_ids), core::to_iso(filter.since), filter.unread_only,
           filter.after ? filter.after->str() : "", filter.limit))
    notices.push_back(notice_of(row));
  return notices;
}

bool mark_read(pqxx::work& tx, const User& reader, const NoticeId& id) {
  const bool theirs = !tx.exec_params(
                             "select from notices n join groups g on g.id = n.group_id where n.id = $1 and "
                             "g.path && $2::text[]",
                             id.str(), array_literal(reader.group_ids))
                           .empty();
  if (!theirs) return false;
  tx.exec_params("insert into notice_reads (notice_id, user_id) values ($1, $2) on conflict do nothing",
                 id.str(), reader.id.str());
  return true;
}

void sweep(pqxx::work& tx, core::Timestamp before) {
  tx.exec_params("delete from notices where at <= $1::timestamptz", core::to_iso(before));
}

}  // namespace turnkey::registry::pg_notices
