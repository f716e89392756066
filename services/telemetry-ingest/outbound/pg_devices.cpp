// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_devices.hpp"

#include <pqxx/result>

#include "outbound/pg_rows.hpp"

namespace turnkey::ingest {
namespace {

constexpr int kPage = 5000;

}  // namespace

void load_devices(pg::Pool& pool, KnownDevices& devices) {
  for (int after = 0;;) {
    const auto rows = pool.transaction([&](pqxx::work& tx) {
      return tx.exec_params(
          "select device_key, device_id, revision, deleted, attributes::text, register_attribute, "
          "fault_attribute from "
          "devices "
          "where device_key > $1 and revision >= 0 order by device_key limit $2",
          after, kPage);
    });
    if (rows.empty()) return;
    for (const auto& row : rows) {
      devices.restore(row[1].as<std::string>(), row[2].as<std::int64_t>(), row[3].as<bool>(),
                      row[4].as<std::string>(), row[5].as<std::string>(), row[6].as<std::string>());
      after = row[0].as<int>();
    }
  }
}

void save_devices(pg::Pool& pool, const std::vector<DeviceRow>& devices) {
  contracts::Json rows = contracts::Json::array();
  for (const auto& device : devices) {
    rows.push_back({{"d", device.device_id},
                    {"r", device.revision},
                    {"x", device.deleted},
                    {"a", contracts::to_json(device.form->attributes)},
                    {"b", device.form->register_attribute},
                    {"f", device.form->fault_attribute}});
  }
  pool.transaction([&](pqxx::work& tx) {
    tx.exec_params(
        "insert into devices (device_id, revision, deleted, deleted_at, attributes, register_attribute, "
        "fault_attribute) "
        "select d, r, x, case when x then now() end, a, b, f from jsonb_to_recordset($1::jsonb) "
        "as t (d text, r bigint, x boolean, a jsonb, b text, f text) order by d "
        "on conflict (device_id) do update set revision = excluded.revision, deleted = excluded.deleted, "
        "deleted_at = excluded.deleted_at, attributes = excluded.attributes, register_attribute = "
        "excluded.register_attribute, fault_attribute = excluded.fault_attribute, "
        "erased = devices.erased and excluded.deleted where devices.revision < excluded.revision",
        text_of(rows));
  });
}

std::int64_t load_sync_revision(pg::Pool& pool) {
  return pool.transaction([](pqxx::work& tx) {
    return tx.exec1("select next_revision from registry_sync")[0].as<std::int64_t>();
  });
}

void save_sync_revision(pg::Pool& pool, std::int64_t next_revision) {
  pool.transaction([&](pqxx::work& tx) {
    tx.exec_params("update registry_sync set next_revision = greatest(next_revision, $1)", next_revision);
  });
}

}  // namespace turnkey::ingest
