// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_devices.hpp"

#include <iterator>
#include <map>
#include <set>

#include "core/hash.hpp"
#include "domain/tags.hpp"
#include "outbound/pg_text.hpp"

namespace turnkey::registry::pg_devices {
namespace {

const std::string kSelect =
    "select d.id, d.serial, d.name, d.recipe_id, d.recipe_version, d.model, d.group_id, array_to_string(g.path, ','), "
    "d.tags, d.assignment_epoch, " TURNKEY_ISO("d.provisioned_at") ", d.provisioning_id, d.revision, "
    "coalesce(p.connected and p.boot_id = (select boot_id from broker_boot), false), " TURNKEY_ISO("p.at") " "
    "from devices d left join groups g on g.id = d.group_id left join device_presence p on p.device_id = d.id ";

Device device_of(const pqxx::row& row) {
  Device device;
  device.id = core::DeviceId::trusted(row[0].as<std::string>());
  device.serial = row[1].as<std::string>();
  device.name = row[2].as<std::string>();
  device.recipe_id = core::RecipeId::trusted(row[3].as<std::string>());
  device.recipe_version = row[4].as<int>();
  if (!row[5].is_null()) device.model = row[5].as<std::string>();
  device.group_id = id_of<core::GroupId>(row[6]);
  device.group_path = ids_of<core::GroupId>(row[7]);
  device.tags = tags_from_own_json(row[8].as<std::string>());
  device.assignment_epoch = row[9].as<std::int64_t>();
  device.provisioned_at = optional_time_of(row[10]);
  device.provisioning_id = id_of<core::ProvisioningId>(row[11]);
  device.revision = row[12].as<std::int64_t>();
  device.connected = row[13].as<bool>();
  device.last_presence_at = optional_time_of(row[14]);
  return device;
}

std::vector<Device> devices_of(const pqxx::result& rows) {
  std::vector<Device> devices;
  for (const auto& row : rows) devices.push_back(device_of(row));
  return devices;
}

std::optional<Device> first_of(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return device_of(rows[0]);
}

// Serial and name together, as the index `devices_searched` has them: nobody types what stands between.
const std::string kSearched = "(d.serial || chr(1) || d.name)";

// As the conditions of the indexes `devices_in_groups` and `devices_in_stock` are written.
constexpr const char* kInGroups = "and d.group_id is not null ";
constexpr const char* kInStock = "and d.group_id is null ";

// In a form whose selectivity the planner knows.
const char* connection_filter(const std::optional<bool>& connected) {
  if (!connected) return "";
  return *connected
             ? "and p.connected and p.boot_id = (select boot_id from broker_boot) "
             : "and not coalesce(p.connected and p.boot_id = (select boot_id from broker_boot), false) ";
}

std::vector<Device> list_part(pqxx::work& tx, const User& reader, const Filter& filter, const char* part) {
  return devices_of(tx.exec_params(
      // Measured with 100,000 devices: a search that finds little must pass over foreign devices before it
      // compares texts; a plain page is quicker by way of the groups.
      kSelect +
          (filter.q.empty()
               ? "where ($1 or g.path && $2::text[]) "
               : "where ($1 or d.group_id = any(array(select id from groups where path && $2::text[]))) ") +
          "and ($3 = '' or $3 = any(g.path)) and d.serial > $4 and ($5 = '' or " + kSearched + " ilike $5) " +
          connection_filter(filter.connected) + (filter.batch ? "and d.batch_id = $7 " : "and $7 = '' ") +
          part + "order by d.serial limit $6",
      reader.is_operator(), array_literal(reader.group_ids), filter.group ? filter.group->str() : "",
      filter.after_serial, filter.q.empty() ? "" : like_pattern(filter.q), filter.limit,
      filter.batch ? filter.batch->str() : ""));
}

}  // namespace

std::int64_t next_revisions(pqxx::work& tx, std::int64_t count) {
  return tx.exec_params1("update revision_counter set value = value + $1 returning value", count)[0]
      .as<std::int64_t>();
}

std::string transaction_id(pqxx::work& tx) {
  return tx.exec1("select pg_current_xact_id()::text")[0].as<std::string>();
}

std::int64_t draw_revisions(pqxx::work& drawing, std::int64_t count, const std::string& of) {
  const std::int64_t last = next_revisions(drawing, count);
  // Those whose transactions have ended hold nobody up any more.
  drawing.exec("delete from drawn_revisions where pg_visible_in_snapshot(xid, pg_current_snapshot())");
  drawing.exec_params("insert into drawn_revisions (first, last, xid) values ($1, $2, $3::xid8)",
                      last - count + 1, last, of);
  return last - count;
}

std::optional<std::int64_t> first_unsettled(pqxx::work& tx) {
  const auto first = tx.exec1(
      "select min(first) from drawn_revisions where not pg_visible_in_snapshot(xid, pg_current_snapshot())");
  if (first[0].is_null()) return std::nullopt;
  return first[0].as<std::int64_t>();
}

std::optional<Device> find_by_serial(pqxx::work& tx, const std::string& serial) {
  return first_of(tx.exec_params(kSelect + "where d.serial = $1", serial));
}

std::optional<Device> find(pqxx::work& tx, const core::DeviceId& id) {
  return first_of(tx.exec_params(kSelect + "where d.id = $1", id.str()));
}

std::vector<core::DeviceId> ids_in_group(pqxx::work& tx, const core::GroupId& group,
                                         const core::DeviceId& after, std::size_t limit) {
  std::vector<core::DeviceId> ids;
  for (const auto& row :
       tx.exec_params("select id from devices where group_id = $1 and id > $2 order by id limit $3",
                      group.str(), after.str(), limit))
    ids.push_back(core::DeviceId::trusted(row[0].as<std::string>()));
  return ids;
}

std::vector<Device> lock_and_revise(pqxx::work& tx, const std::vector<core::DeviceId>& ids) {
  const std::string all = array_literal(ids);
  tx.exec_params("select from devices where id = any($1::text[]) order by id for update", all);
  const auto last = next_revisions(tx, static_cast<std::int64_t>(ids.size()));
  tx.exec_params(
      "update devices d set revision = $2::bigint - $3::bigint + o.place from unnest($1::text[]) with "
      "ordinality o(id, place) "
      "where d.id = o.id",
      all, last, ids.size());
  return devices_of(tx.exec_params(kSelect + "where d.id = any($1::text[]) order by d.revision", all));
}

void lock(pqxx::work& tx, const core::DeviceId& id) {
  tx.exec_params("select from devices where id = $1 for update", id.str());
}

// In two parts, each with an index of its own: one order over both would read all of them for each page.
std::vector<Device> list(pqxx::work& tx, const User& reader, const Filter& filter) {
  if (!reader.is_operator()) return filter.stock ? std::vector<Device>{} : list_part(tx, reader, filter, "");
  if (filter.group) return list_part(tx, reader, filter, kInGroups);
  std::vector<Device> devices;
  Filter rest = filter;
  if (!filter.stock && !filter.after_in_stock) {
    devices = list_part(tx, reader, filter, kInGroups);
    rest.limit -= static_cast<int>(devices.size());
    rest.after_serial.clear();
  }
  if (rest.limit == 0) return devices;
  auto stock = list_part(tx, reader, rest, kInStock);
  std::move(stock.begin(), stock.end(), std::back_inserter(devices));
  return devices;
}

std::vector<Device> changed_after(pqxx::work& tx, std::int64_t revision, int limit) {
  return changed_between(tx, revision, INT64_MAX, limit);
}

std::vector<core::DeviceId> older_than(pqxx::work& tx, const core::RecipeId& recipe, int version, int limit) {
  std::vector<core::DeviceId> ids;
  for (const auto& row :
       tx.exec_params("select id from devices where recipe_id = $1 and recipe_version < $2 limit $3",
                      recipe.str(), version, limit))
    ids.push_back(core::DeviceId::trusted(row[0].as<std::string>()));
  return ids;
}

std::vector<Device> of_ids(pqxx::work& tx, const std::vector<core::DeviceId>& ids) {
  return devices_of(
      tx.exec_params(kSelect + "where d.id = any($1::text[]) order by d.id", array_literal(ids)));
}

std::vector<Device> lock_all(pqxx::work& tx, const std::vector<core::DeviceId>& ids) {
  tx.exec_params("select from devices where id = any($1::text[]) order by id for update", array_literal(ids));
  return of_ids(tx, ids);
}

void set_recipe_version(pqxx::work& tx, const Device& device) {
  tx.exec_params("update devices set recipe_version = $2, revision = $3 where id = $1", device.id.str(),
                 device.recipe_version, device.revision);
}

void lock_serial(pqxx::work& tx, const std::string& serial) {
  tx.exec_params("select pg_advisory_xact_lock(hashtext('serial'), hashtext($1))", serial);
}

void insert(pqxx::work& tx, const Device& device, core::Timestamp now) {
  tx.exec_params(
      "insert into devices (id, serial, name, recipe_id, recipe_version, tags, revision, created_at) values "
      "($1, $2, $3, $4, $5, $6::jsonb, $7, $8::timestamptz)",
      device.id.str(), device.serial, device.name, device.recipe_id.str(), device.recipe_version,
      to_json(device.tags).dump(), device.revision, core::to_iso(now));
}

void update_owner(pqxx::work& tx, const Device& device) {
  tx.exec_params(
      "update devices set name = $2, model = nullif($3, ''), group_id = nullif($4, ''), tags = $5::jsonb, "
      "assignment_epoch = "
      "$6, provisioned_at = nullif($7, '')::timestamptz, provisioning_id = nullif($8, ''), revision = $9 "
      "where id = $1",
      device.id.str(), device.name, device.model.value_or(""), device.group_id ? device.group_id->str() : "",
      to_json(device.tags).dump(), device.assignment_epoch,
      device.provisioned_at ? core::to_iso(*device.provisioned_at) : "",
      device.provisioning_id ? device.provisioning_id->str() : "", device.revision);
}

std::vector<contracts::Presence> write_presences(pqxx::work& tx,
                                                 const std::vector<contracts::Presence>& presences) {
  contracts::Json all = contracts::Json::array();
  std::vector<core::DeviceId> ids;
  for (const auto& presence : presences) {
    all.push_back(contracts::to_json(presence));
    ids.push_back(presence.device_id);
  }
  // What each was before, and locked: every replica is told, and one of them only sees the change.
  std::map<std::string, std::string> connected_in;  // device -> the broker's boot id
  for (const auto& row :
       tx.exec_params("select device_id, connected, boot_id from device_presence where device_id = "
                      "any($1::text[]) order by device_id for update",
                      array_literal(ids)))
    if (row[1].as<bool>()) connected_in.emplace(row[0].as<std::string>(), row[2].as<std::string>());
  std::set<std::string> written;
  for (const auto& row : tx.exec_params(
           "insert into device_presence (device_id, connected, at, boot_id) select \"deviceId\", connected, "
           "at, "
           "\"bootId\" from jsonb_to_recordset($1::jsonb) as told (\"deviceId\" text, connected boolean, at "
           "timestamptz, \"bootId\" text) where exists (select from devices d where d.id = \"deviceId\") on "
           "conflict (device_id) do update set connected = excluded.connected, at = excluded.at, boot_id = "
           "excluded.boot_id where device_presence.at < excluded.at or (device_presence.at = excluded.at and "
           "(device_presence.connected, device_presence.boot_id) is distinct from (excluded.connected, "
           "excluded.boot_id)) returning device_id",
           all.dump()))
    written.insert(row[0].as<std::string>());
  std::vector<contracts::Presence> changed;
  for (const auto& presence : presences) {
    const auto before = connected_in.find(presence.device_id.str());
    const bool was = before != connected_in.end() && before->second == presence.boot_id;
    if (written.contains(presence.device_id.str()) && was != presence.connected) changed.push_back(presence);
  }
  return changed;
}

void write_boot(pqxx::work& tx, const std::string& boot_id) {
  tx.exec_params(
      "insert into broker_boot (boot_id) values ($1) on conflict (only_row) do update set boot_id = "
      "excluded.boot_id",
      boot_id);
}

std::vector<Device> changed_between(pqxx::work& tx, std::int64_t after, std::int64_t last, int limit) {
  return devices_of(
      tx.exec_params(kSelect + "where d.revision > $1 and d.revision <= $2 order by d.revision limit $3",
                     after, last, limit));
}

}  // namespace turnkey::registry::pg_devices
