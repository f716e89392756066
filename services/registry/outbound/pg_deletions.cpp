// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_deletions.hpp"

#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_deletions {

void remove(pqxx::work& tx, const Deletion& deletion, const std::string& request_key) {
  tx.exec_params(
      "insert into deleted_devices (device_id, serial, recipe_id, register_attribute, revision, at, "
      "request_key) values ($1, $2, "
      "$3, $4, $5, $6::timestamptz, $7)",
      deletion.device_id.str(), deletion.serial, deletion.recipe_id.str(), deletion.register_attribute,
      deletion.revision, core::to_iso(deletion.at), request_key);
  tx.exec_params("delete from device_presence where device_id = $1", deletion.device_id.str());
  tx.exec_params("delete from devices where id = $1", deletion.device_id.str());
}

bool done_already(pqxx::work& tx, const std::string& serial, const std::string& request_key) {
  return !tx.exec_params("select from deleted_devices where request_key = $1 and serial = $2", request_key,
                         serial)
              .empty();
}

std::vector<Deletion> after(pqxx::work& tx, std::int64_t revision, int limit) {
  std::vector<Deletion> deletions;
  for (const auto& row :
       tx.exec_params("select device_id, serial, recipe_id, register_attribute, revision, " TURNKEY_ISO(
                          "at") " from deleted_devices where revision > $1 "
                                "order by revision limit $2",
                      revision, limit)) {
    deletions.push_back({core::DeviceId::trusted(row[0].as<std::string>()), row[1].as<std::string>(),
                         core::RecipeId::trusted(row[2].as<std::string>()), row[3].as<std::string>(),
                         row[4].as<std::int64_t>(), time_of(row[5])});
  }
  return deletions;
}

void sweep(pqxx::work& tx, core::Timestamp revoked_before) {
  tx.exec("delete from device_presence p where not exists (select from devices d where d.id = p.device_id)");
  tx.exec_params(
      "delete from credentials c where c.revoked_at < $1::timestamptz and not exists (select from devices d "
      "where d.id = c.device_id)",
      core::to_iso(revoked_before));
}

}  // namespace turnkey::registry::pg_deletions
