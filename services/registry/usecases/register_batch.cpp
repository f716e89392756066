// SPDX-License-Identifier: Apache-2.0
#include "usecases/register_batch.hpp"

#include <algorithm>
#include <map>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "domain/batch_plan.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"
#include "usecases/new_devices.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kRepeatable = std::chrono::hours(1);

std::map<std::string, Group> groups_by_path(pqxx::work& tx) {
  std::map<core::GroupId, std::string> names;
  std::map<std::string, Group> by_path;
  for (auto& group : pg_groups::all(tx)) {
    std::string path = group.parent_id ? names[*group.parent_id] + "/" : std::string();
    path += group.name;
    names[group.id] = path;
    by_path.emplace(path, std::move(group));
  }
  return by_path;
}

core::Result<BatchPlan> make_plan(pqxx::work& tx, const Context& context, const BatchRequest& request,
                                  const Recipe& recipe) {
  if (!request.csv) {
    return plan_generated(static_cast<std::size_t>(request.count), recipe, [&](const std::string& serial) {
      return !pg_devices::taken(tx, {serial}).empty();
    });
  }
  auto table = parse_csv(*request.csv);
  if (!table) return table.error();
  const auto groups = groups_by_path(tx);
  const auto taken = pg_devices::taken(tx, serials_of(*table));
  const BatchWorld world{recipe,
                         [&](const std::string& path) {
                           const auto it = groups.find(path);
                           return it == groups.end() ? nullptr : &it->second;
                         },
                         {taken.begin(), taken.end()},
                         context.clock.now()};
  return plan_batch(std::move(*table), world);
}

std::vector<pg_devices::NewDevice> devices_of(const BatchPlan& plan, const Recipe& recipe,
                                              std::int64_t last_revision) {
  std::vector<pg_devices::NewDevice> devices;
  std::int64_t revision = last_revision - static_cast<std::int64_t>(plan.devices.size());
  for (const auto& planned : plan.devices) {
    Device device;
    device.id = core::DeviceId::random();
    device.serial = planned.serial;
    device.name = planned.name;
    device.recipe_id = recipe.id;
    device.recipe_version = recipe.version;
    device.model = planned.model;
    device.group_id = planned.group_id;
    device.group_path = planned.group_path;
    device.tags = planned.tags;
    device.provisioned_at = planned.provisioned_at;
    device.assignment_epoch = planned.group_id ? 1 : 0;
    device.revision = ++revision;
    devices.push_back({std::move(device), {core::random_uuid(), core::random_hex(32)}});
  }
  return devices;
}

std::vector<LedgerEntry> lines_of(const std::vector<pg_devices::NewDevice>& devices,
                                  const core::UserId& actor, const core::BatchId& batch,
                                  core::Timestamp now) {
  std::vector<LedgerEntry> lines;
  for (const auto& [device, credentials] : devices) {
    LedgerEntry entry;
    entry.act = "device.registered";
    entry.at = now;
    entry.device_id = device.id;
    entry.serial = device.serial;
    entry.user_id = actor;
    entry.detail = {{"batchId", batch.str()}, {"recipeId", device.recipe_id.str()}};
    lines.push_back(entry);
    if (!device.owned()) continue;
    entry.act = "device.assigned";
    entry.detail["groupId"] = device.group_id->str();
    entry.detail["model"] = device.model.value_or("");
    lines.push_back(entry);
  }
  return lines;
}

std::string credentials_csv(const CsvTable& input, const std::vector<pg_devices::NewDevice>& devices,
                            const std::string& label_host) {
  static const std::vector<std::string> kAdded = {"device_id", "access_key", "access_secret", "qr"};
  CsvRow header;
  std::vector<std::size_t> kept;  // an input that was an output once has old credentials in it
  for (std::size_t i = 0; i < input.header.size(); ++i) {
    if (std::find(kAdded.begin(), kAdded.end(), input.header[i]) != kAdded.end()) continue;
    kept.push_back(i);
    header.push_back(input.header[i]);
  }
  header.insert(header.end(), kAdded.begin(), kAdded.end());
  std::string csv = csv_line(header);
  for (std::size_t row = 0; row < devices.size(); ++row) {
    const auto& [device, credentials] = devices[row];
    CsvRow cells;
    for (const std::size_t column : kept) cells.push_back(input.rows[row][column]);
    cells.insert(cells.end(), {device.id.str(), credentials.access_key, credentials.access_secret,
                               "https://" + label_host + "/d/" + device.serial});
    csv += csv_line(cells);
  }
  return csv;
}

// The first reply was lost: new credentials in place of those that nobody has.
core::Result<BatchAnswer> answer_again(pqxx::work& tx, const Context& context, const pg_devices::Batch& batch,
                                       const std::string& input_hash) {
  const core::Timestamp now = context.clock.now();
  if (batch.input_hash_hex != input_hash || now - batch.created_at > kRepeatable)
    return core::conflict("This key was used for another batch.", "idempotency_key_used");
  std::vector<pg_devices::NewDevice> devices;
  CsvTable table{{"serial"}, {}, {}};
  contracts::CredentialChanges changes;
  // Devices before revisions, as everywhere: a release that runs meanwhile must not wait for us and we for
  // it.
  pg_devices::lock_batch(tx, batch.id);
  for (auto& device : pg_devices::devices_of_batch(tx, batch.id)) {
    device.revision = pg_devices::next_revisions(tx);
    for (auto& key : pg_devices::revoke_credentials(tx, device.id, device.revision, now))
      changes.changes.push_back({std::move(key), true, {}, {}});
    table.rows.push_back({device.serial});
    devices.push_back({std::move(device), {core::random_uuid(), core::random_hex(32)}});
    pg_devices::insert_credentials(tx, devices.back().device.id, devices.back().credentials,
                                   devices.back().device.revision, now);
  }
  announce_credentials(tx, devices, std::move(changes));
  const auto provisioned =
      std::count_if(devices.begin(), devices.end(), [](const auto& one) { return one.device.owned(); });
  return BatchAnswer{batch.id, credentials_csv(table, devices, context.label_host), devices.size(),
                     static_cast<std::size_t>(provisioned)};
}

core::Result<BatchAnswer> apply(pqxx::work& tx, const Context& context, const BatchRequest& request,
                                const Recipe& recipe, const BatchPlan& plan, const std::string& input_hash) {
  const core::Timestamp now = context.clock.now();
  const pg_devices::Batch batch{core::BatchId::random(), recipe.id, now, input_hash};
  pg_devices::insert_batch(tx, batch, request.actor, request.idempotency_key, plan.devices.size());
  const auto last = pg_devices::next_revisions(tx, static_cast<std::int64_t>(plan.devices.size()));
  const auto devices = devices_of(plan, recipe, last);
  pg_devices::insert_all(tx, devices, batch.id, now);
  for (const auto& [device, credentials] : devices)
    events::device_changed(tx, device_event(device, recipe, "registered", now));
  announce_credentials(tx, devices, {});
  pg_ledger::append(tx, lines_of(devices, request.actor, batch.id, now));
  const auto provisioned =
      std::count_if(devices.begin(), devices.end(), [](const auto& one) { return one.device.owned(); });
  return BatchAnswer{batch.id, credentials_csv(plan.input, devices, context.label_host), devices.size(),
                     static_cast<std::size_t>(provisioned)};
}

}  // namespace

core::Result<BatchAnswer> register_batch(const Context& context, const BatchRequest& request) {
  const std::string input_hash = core::sha256_hex(
      request.recipe_id.str() + (request.csv ? "csv " + *request.csv : std::to_string(request.count)));
  return change(context, [&](pqxx::work& tx) -> core::Result<BatchAnswer> {
    const auto actor = load_actor(tx, request.actor);
    if (!actor) return actor.error();
    const auto recipe = pg_recipes::find(tx, request.recipe_id);
    if (!recipe || !actor->is_operator()) return core::not_found();
    lock_serials(tx);  // none is taken between plan and apply
    if (!request.dry_run) {
      if (const auto batch = pg_devices::find_batch(tx, request.actor, request.idempotency_key))
        return answer_again(tx, context, *batch, input_hash);
    }
    pg_groups::lock_tree(tx, false);
    const auto plan = make_plan(tx, context, request, *recipe);
    if (!plan) return plan.error();
    if (!request.dry_run) return apply(tx, context, request, *recipe, *plan, input_hash);
    const auto provisioned = std::count_if(plan->devices.begin(), plan->devices.end(),
                                           [](const auto& one) { return one.group_id.has_value(); });
    return BatchAnswer{{}, "", plan->devices.size(), static_cast<std::size_t>(provisioned)};
  });
}

}  // namespace turnkey::registry
