// SPDX-License-Identifier: Apache-2.0
#include "usecases/roll_out_recipe.hpp"

#include "outbound/events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_recipes.hpp"
#include "outbound/pg_rollouts.hpp"

namespace turnkey::registry {
namespace {

constexpr int kAtOnce = 200;  // devices in one transaction
constexpr auto kForOnePage = std::chrono::seconds(2);

std::string request_key(const Rollout& wanted) {
  return wanted.actor.str() + " " + wanted.recipe_id.str() + " " + wanted.idempotency_key;
}

std::size_t bring(pqxx::work& tx, const Recipe& newest, const std::vector<core::DeviceId>& ids,
                  core::Timestamp now) {
  auto devices = pg_devices::lock_all(tx, ids);
  // Another run may have been here first.
  std::erase_if(devices, [&](const Device& device) { return device.recipe_version >= newest.version; });
  if (devices.empty()) return 0;
  auto revision = pg_devices::next_revisions(tx, static_cast<std::int64_t>(devices.size())) -
                  static_cast<std::int64_t>(devices.size());
  for (auto& device : devices) {
    device.recipe_version = newest.version;
    device.revision = ++revision;
    pg_devices::set_recipe_version(tx, device);
    events::device_changed(tx, device_event(device, newest, "changed", now));
  }
  return devices.size();
}

void write_line(pqxx::work& tx, const Rollout& wanted, const Recipe& newest, std::int64_t devices,
                core::Timestamp now) {
  LedgerEntry entry;
  entry.act = "recipe.rolled_out";
  entry.at = now;
  entry.user_id = wanted.actor;
  entry.detail = {{"recipeId", newest.id.str()},
                  {"name", newest.name},
                  {"version", newest.version},
                  {"devices", devices}};
  entry.idempotency_key = "rollout " + request_key(wanted);
  pg_ledger::append(tx, {entry});
}

core::Result<RolledOut> next_page(pqxx::work& tx, const Context& context, const Rollout& wanted) {
  const auto actor = load_actor(tx, wanted.actor);
  if (!actor) return actor.error();
  const auto newest = pg_recipes::find(tx, wanted.recipe_id);
  if (!newest || !actor->is_operator()) return core::not_found();
  const auto ids = pg_devices::older_than(tx, newest->id, newest->version, kAtOnce);
  const core::Timestamp now = context.clock.now();
  const std::size_t brought = ids.empty() ? 0 : bring(tx, *newest, ids, now);
  const RolledOut page{pg_rollouts::add(tx, request_key(wanted), newest->id, brought, now), !ids.empty()};
  if (!page.more && page.devices > 0) write_line(tx, wanted, *newest, page.devices, now);
  return page;
}

}  // namespace

core::Result<RolledOut> roll_out_recipe(const Context& context, const Rollout& wanted) {
  for (;;) {
    auto page = change(context, [&](pqxx::work& tx) { return next_page(tx, context, wanted); });
    const bool in_time = std::chrono::steady_clock::now() + kForOnePage < wanted.deadline;
    if (!page || !page->more || !in_time) return page;
  }
}

}  // namespace turnkey::registry
