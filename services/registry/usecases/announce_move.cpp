// SPDX-License-Identifier: Apache-2.0
#include "usecases/announce_move.hpp"

#include <algorithm>
#include <map>

#include "contracts/json.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_recipes.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kPage = 200;  // devices

// The next devices of the groups, from the position on, which moves behind them.
std::vector<core::DeviceId> next_page(pqxx::work& tx, const std::vector<core::GroupId>& groups,
                                      events::MovePosition& position) {
  std::vector<core::DeviceId> page;
  for (const auto& group : groups) {
    if (group < position.group || page.size() == kPage) continue;
    const auto after = group == position.group ? position.device : core::DeviceId{};
    const auto ids = pg_devices::ids_in_group(tx, group, after, kPage - page.size());
    if (ids.empty()) continue;
    position = {group, ids.back()};
    page.insert(page.end(), ids.begin(), ids.end());
  }
  return page;
}

}  // namespace

bool announce_moved_devices(const Context& context, const pg::OutboxEntry& entry) {
  const auto payload = contracts::Json::parse(entry.payload);
  const auto group = core::GroupId::trusted(payload.at("groupId"));
  return change(context, [&](pqxx::work& tx) {
    events::MovePosition position{core::GroupId::trusted(payload.at("afterGroup")),
                                  core::DeviceId::trusted(payload.at("afterDevice"))};
    pg_groups::lock_tree(tx, false);
    auto page = next_page(tx, pg_groups::subtree(tx, group), position);
    if (page.empty()) return true;
    const bool more = page.size() == kPage;
    std::sort(page.begin(), page.end());
    std::map<std::pair<core::RecipeId, int>, Recipe> recipes;
    for (const auto& device : pg_devices::lock_and_revise(tx, page)) {
      const auto key = std::pair(device.recipe_id, device.recipe_version);
      if (recipes.count(key) == 0) recipes.emplace(key, pg_recipes::get(tx, key.first, key.second));
      events::device_changed(tx, device_event(device, recipes.at(key), "changed", context.clock.now()));
    }
    if (more) events::group_moved(tx, group, position);
    return true;
  });
}

}  // namespace turnkey::registry
