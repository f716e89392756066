// SPDX-License-Identifier: Apache-2.0
#include "usecases/read_devices.hpp"

#include <algorithm>
#include <map>

#include "outbound/events.hpp"
#include "outbound/pg_consents.hpp"
#include "outbound/pg_deletions.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_people.hpp"
#include "outbound/pg_recipes.hpp"
#include "outbound/pg_releases.hpp"
#include "usecases/user_rights.hpp"

namespace turnkey::registry {
namespace {

// Of one page of `sync_devices`: a megabyte or so, far below what a message may hold.
constexpr std::size_t kMostAttributes = 10'000;

std::string cursor_after(const Device& device) {
  return (device.group_id ? "" : kCursorInStock) + device.serial;
}

}  // namespace

core::Result<DevicePage> list_devices(const Context& context, const core::UserId& actor_id,
                                      pg_devices::Filter filter) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<DevicePage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (filter.group) {
      const auto group = pg_groups::find(tx, *filter.group);
      if (!group || !actor->sees(group->path)) return core::not_found();
    }
    if (filter.stock && !actor->is_operator()) return core::not_found();
    pg_devices::Filter wanted = filter;
    ++wanted.limit;  // one more tells whether there is a next page
    DevicePage page{pg_devices::list(tx, *actor, wanted), std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(filter.limit)) {
      page.items.pop_back();
      page.next_cursor = cursor_after(page.items.back());
    }
    return page;
  });
}

core::Result<SeenDevice> get_device(const Context& context, const core::UserId& actor_id,
                                    const std::string& serial) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<SeenDevice> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto device = pg_devices::find_by_serial(tx, serial);
    if (!device || !device->visible_to(*actor)) return core::not_found();
    SeenDevice seen{*device, pg_recipes::get(tx, device->recipe_id, device->recipe_version), std::nullopt,
                    false, false};
    if (!actor->is_operator()) seen.visible_since = device->provisioned_at;
    seen.may_command = actor->may_command();
    seen.may_release = actor->may_administer() && device->owned();
    if (actor->is_operator() && !device->owned())
      seen.undo_until = pg_releases::undoable_until(tx, *device, context.clock.now());
    return seen;
  });
}

core::Result<ProvisionableDevice> get_device_for_provisioning(const Context& context,
                                                              const core::UserId& actor_id,
                                                              const std::string& serial) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<ProvisionableDevice> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto device = pg_devices::find_by_serial(tx, serial);
    const bool consented = pg_consents::granted(tx, serial, actor_id, context.clock.now());
    if (!device || !actor->may_provision()) return core::not_found();
    ProvisionableDevice found{*device, pg_recipes::get(tx, device->recipe_id, device->recipe_version)};
    if (!found.recipe.transferable(device->owned(), device->assignment_epoch > 0, consented))
      return core::not_found();
    return found;
  });
}

MayProvision who_may_provision(const Context& context, const core::DeviceId& device_id,
                               const std::vector<core::UserId>& users) {
  return context.pool.transaction([&](pqxx::work& tx) {
    MayProvision answer;
    const auto device = pg_devices::find(tx, device_id);
    if (!device) return answer;
    const auto recipe = pg_recipes::get(tx, device->recipe_id, device->recipe_version);
    if (!recipe.transferable(device->owned(), device->assignment_epoch > 0)) return answer;
    const auto now = context.clock.now();
    for (const auto& user : pg_people::find_all(tx, users)) {
      const bool over = user.not_after && *user.not_after <= now;
      if (!over && device->nameable_to(user)) answer.users.push_back(user.id);
    }
    if (!answer.users.empty()) answer.serial = device->serial;
    return answer;
  });
}

core::Result<LedgerPage> get_ledger(const Context& context, const core::UserId& actor_id,
                                    const std::string& serial, std::int64_t before_seq, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<LedgerPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const auto device = pg_devices::find_by_serial(tx, serial);
    if (!device || !device->visible_to(*actor)) return core::not_found();
    const auto since = actor->is_operator() ? std::nullopt : device->provisioned_at;
    auto lines = pg_ledger::of_device(tx, device->id, since, device->provisioning_id, before_seq, limit + 1);
    LedgerPage page;
    if (lines.size() > static_cast<std::size_t>(limit)) {
      lines.pop_back();
      page.next_cursor = std::to_string(lines.back().seq);
    }
    std::map<std::string, std::optional<User>> people;
    for (auto& line : lines) {
      const auto json = contracts::Json::parse(line.line);
      const std::string user = json.value("userId", "");
      if (people.count(user) == 0)
        people[user] = named_to(*actor, device->group_path, pg_people::find(tx, core::UserId::trusted(user)));
      page.items.push_back({std::move(line), people[user]});
    }
    return page;
  });
}

SyncPage sync_devices(const Context& context, std::int64_t after_revision, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) {
    tx.exec("set transaction isolation level repeatable read, read only");
    SyncPage page{{}, after_revision, false};
    const auto unsettled = pg_devices::first_unsettled(tx);
    std::size_t attributes = 0;
    std::map<std::pair<core::RecipeId, int>, Recipe> recipes;
    const auto event_of = [&](const Device& device) {
      const auto key = std::pair(device.recipe_id, device.recipe_version);
      if (recipes.count(key) == 0) recipes.emplace(key, pg_recipes::get(tx, key.first, key.second));
      return device_event(device, recipes.at(key), "", context.clock.now());
    };
    const auto devices = pg_devices::changed_after(tx, after_revision, limit);
    const auto deletions = pg_deletions::after(tx, after_revision, limit);
    auto device = devices.begin();
    auto deletion = deletions.begin();
    const auto full = [&] {  // at least one device a page
      return page.items.size() == static_cast<std::size_t>(limit) || attributes > kMostAttributes;
    };
    while (!full() && (device != devices.end() || deletion != deletions.end())) {
      const bool gone =
          device == devices.end() || (deletion != deletions.end() && deletion->revision < device->revision);
      page.items.push_back(gone ? deletion_event(*deletion++) : event_of(*device++));
      page.next_revision = page.items.back().revision;
      attributes += page.items.back().attributes.size();
    }
    // An import that runs has drawn revisions that are not to be seen yet: they are asked for again.
    if (unsettled)
      page.next_revision = std::max(after_revision, std::min(page.next_revision, *unsettled - 1));
    page.more = full();
    return page;
  });
}

}  // namespace turnkey::registry
