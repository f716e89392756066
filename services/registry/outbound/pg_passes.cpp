// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_passes.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_passes {
namespace {

const std::string kSelect =
    "select p.user_id, u.name, p.group_id, array_to_string(g.path, ','), " TURNKEY_ISO("p.not_after") ", " TURNKEY_ISO(
        "p.created_at") ", p.created_by from passes p join users u on u.id = p.user_id join groups g on g.id = "
                        "p.group_id ";

Pass pass_of(const pqxx::row& row) {
  return {core::UserId::trusted(row[0].as<std::string>()),
          row[1].as<std::string>(),
          core::GroupId::trusted(row[2].as<std::string>()),
          ids_of<core::GroupId>(row[3]),
          time_of(row[4]),
          time_of(row[5]),
          core::UserId::trusted(row[6].as<std::string>())};
}

}  // namespace

void insert(pqxx::work& tx, const Pass& pass) {
  tx.exec_params(
      "insert into passes (user_id, group_id, not_after, created_at, created_by) values ($1, $2, "
      "$3::timestamptz, $4::timestamptz, $5)",
      pass.id.str(), pass.group_id.str(), core::to_iso(pass.not_after), core::to_iso(pass.created_at),
      pass.created_by.str());
}

std::optional<Pass> find(pqxx::work& tx, const core::UserId& id) {
  const auto rows = tx.exec_params(kSelect + "where p.user_id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return pass_of(rows[0]);
}

std::vector<Pass> list(pqxx::work& tx, const User& reader, const std::string& after, int limit,
                       core::Timestamp now) {
  std::vector<Pass> passes;
  for (const auto& row :
       tx.exec_params(kSelect + "where ($1 or g.path && $2::text[]) and p.user_id > $3 and "
                                "p.not_after > $4::timestamptz order by p.user_id limit $5",
                      reader.is_operator(), array_literal(reader.group_ids), after, core::to_iso(now), limit))
    passes.push_back(pass_of(row));
  return passes;
}

int count_in(pqxx::work& tx, const core::GroupId& group, core::Timestamp now) {
  return tx
      .exec_params1("select count(*) from passes where group_id = $1 and not_after > $2::timestamptz",
                    group.str(), core::to_iso(now))[0]
      .as<int>();
}

void remove_ended(pqxx::work& tx, const core::GroupId& group, core::Timestamp before) {
  tx.exec_params(
      "delete from users where id in (select user_id from passes where group_id = $1 and not_after <= "
      "$2::timestamptz)",
      group.str(), core::to_iso(before));
}

void remove_ended(pqxx::work& tx, core::Timestamp before) {
  tx.exec_params(
      "delete from users where id in (select user_id from passes where not_after <= $1::timestamptz)",
      core::to_iso(before));
}

}  // namespace turnkey::registry::pg_passes
