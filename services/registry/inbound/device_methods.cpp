// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/hand_over.hpp"
#include "usecases/manage_recipes.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kMostUsersAtOnce = 50;

Result<Json> recipe_reply(const Result<Recipe>& recipe) {
  if (!recipe) return recipe.error();
  return Json{{"recipe", to_json(*recipe)}};
}

Result<Json> on_list_recipes(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  if (!in.ok()) return in.error();
  return items_reply(list_recipes(context, actor));
}

Result<Json> on_get_recipe(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::RecipeId>("id");
  if (!in.ok()) return in.error();
  return recipe_reply(get_recipe(context, actor, id));
}

Result<Json> on_create_recipe(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const Json* body = in.object("recipe");
  if (!in.ok()) return in.error();
  auto recipe = read_recipe(*body);
  if (!recipe) return recipe.error();
  return recipe_reply(create_recipe(context, actor, std::move(*recipe)));
}

Result<Json> on_update_recipe(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::RecipeId>("id");
  const Json* patch = in.object("recipe");
  if (!in.ok()) return in.error();
  return recipe_reply(update_recipe(context, actor, id, *patch));
}

Result<Json> on_list_models(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::RecipeId>("recipeId");
  if (!in.ok()) return in.error();
  const auto models = list_models(context, actor, id);
  if (!models) return models.error();
  return Json{{"items", to_json(*models)}};
}

pg_devices::Filter read_filter(ObjectReader& in) {
  pg_devices::Filter filter;
  filter.stock = in.optional_text("group", 0, 64) == "none";
  if (!filter.stock) filter.group = in.optional_id<core::GroupId>("group");
  filter.batch = in.optional_id<core::BatchId>("batch");
  filter.q = in.optional_text("q", 0, 255).value_or("");
  const auto state = in.optional_text("state", 0, 32).value_or("");
  if (state != "" && state != "connected" && state != "disconnected")
    in.wrong("state", "unknown", "connected or disconnected is needed");
  if (!state.empty()) filter.connected = state == "connected";
  filter.after_serial = in.optional_text("cursor", 0, 65).value_or("");
  filter.after_in_stock = filter.after_serial.starts_with(kCursorInStock);
  if (filter.after_in_stock) filter.after_serial.erase(0, kCursorInStock.size());
  filter.limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  return filter;
}

Result<Json> on_list_devices(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto filter = read_filter(in);
  if (!in.ok()) return in.error();
  return page_reply(list_devices(context, actor, filter), [](const Device& device) {
    Json json = to_json(device);
    // The reader's own view of when it was last heard of: presence here, reports in telemetry-ingest.
    json["lastPresenceAt"] = optional_time(device.last_presence_at);
    return json;
  });
}

Result<Json> on_get_device(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  if (!in.ok()) return in.error();
  const auto seen = get_device(context, actor, serial);
  if (!seen) return seen.error();
  return Json{{"device", to_json(seen->device)},
              {"lastPresenceAt", optional_time(seen->device.last_presence_at)},
              {"visibleSince", optional_time(seen->visible_since)},
              {"recipe",
               {{"id", seen->recipe.id.str()},
                {"name", seen->recipe.name},
                {"attributes", contracts::to_json(seen->recipe.attributes)},
                {"registerAttribute", seen->recipe.register_attribute},
                {"commands", to_json(seen->recipe.commands)}}},
              {"undoUntil", optional_time(seen->undo_until)},
              {"mayCommand", seen->may_command},
              {"mayRelease", seen->may_release}};
}

Result<Json> on_get_device_for_provisioning(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  if (!in.ok()) return in.error();
  const auto found = get_device_for_provisioning(context, actor, serial);
  if (!found) return found.error();
  const auto& [device, recipe] = *found;
  return Json{{"deviceId", device.id.str()},
              {"serial", device.serial},
              {"recipeId", device.recipe_id.str()},
              {"registerAttribute", recipe.register_attribute},
              {"assignmentEpoch", device.assignment_epoch},
              {"presencePolicy", recipe.presence_policy},
              {"transferPolicy", recipe.transfer_policy},
              {"window_s", recipe.window.count()},
              {"burstPause_ms", recipe.burst_pause.count()},
              {"blinkCheck", recipe.blink_check},
              {"connected", device.connected},
              {"lastPresenceAt", optional_time(device.last_presence_at)}};
}

std::vector<core::UserId> read_users(ObjectReader& in) {
  std::vector<core::UserId> users;
  const Json* list = in.array("users", kMostUsersAtOnce);
  for (const Json& item : list != nullptr ? *list : Json::array()) {
    const auto id = item.is_string() ? core::UserId::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (id) {
      users.push_back(*id);
    } else {
      in.wrong("users", "malformed", "ids of 24 lower-case hex characters are needed");
    }
  }
  return users;
}

Result<Json> on_who_may_provision(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto device = in.id<core::DeviceId>("deviceId");
  const auto users = read_users(in);
  if (!in.ok()) return in.error();
  const auto named = who_may_provision(context, device, users);
  Json ids = Json::array();
  for (const auto& user : named.users) ids.push_back(user.str());
  return Json{{"serial", named.serial}, {"users", ids}};
}

Assignment read_assignment(ObjectReader& in) {
  Assignment wanted;
  wanted.actor = read_actor(in);
  wanted.device_id = in.id<core::DeviceId>("deviceId");
  wanted.assignment_epoch = in.integer("assignmentEpoch", 0, INT64_MAX);
  wanted.provisioning_id = in.id<core::ProvisioningId>("provisioningId");
  // Judged together with what the registry knows, so that all field errors come at once.
  wanted.name = in.optional_text("name", 0, 4096).value_or("");
  wanted.group_id = in.optional_text("groupId", 0, 255).value_or("");
  wanted.model = in.optional_text("model", 0, 255).value_or("");
  return wanted;
}

Result<Json> on_check_assignment(const Context& context, const Json& request) {
  ObjectReader in(request);
  const Assignment wanted = read_assignment(in);
  if (!in.ok()) return in.error();
  return empty_reply(check_assignment(context, wanted));
}

Result<Json> on_assign_device(const Context& context, const Json& request) {
  ObjectReader in(request);
  const Assignment wanted = read_assignment(in);
  if (!in.ok()) return in.error();
  const auto device = assign_device(context, wanted);
  if (!device) return device.error();
  return Json{{"device", to_json(*device)}};
}

Result<Json> on_sync_devices(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto after = in.integer("afterRevision", 0, INT64_MAX);
  const auto limit = static_cast<int>(in.integer("limit", 1, 1000));
  if (!in.ok()) return in.error();
  const auto page = sync_devices(context, after, limit);
  Json items = Json::array();
  for (const auto& item : page.items) items.push_back(contracts::to_json(item));
  return Json{{"items", items}, {"nextRevision", page.next_revision}, {"more", page.more}};
}

}  // namespace

void add_device_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"list_recipes", on_list_recipes},
      {"get_recipe", on_get_recipe},
      {"create_recipe", on_create_recipe},
      {"update_recipe", on_update_recipe},
      {"list_models", on_list_models},
      {"list_devices", on_list_devices},
      {"get_device", on_get_device},
      {"get_device_for_provisioning", on_get_device_for_provisioning},
      {"who_may_provision", on_who_may_provision},
      {"check_assignment", on_check_assignment},
      {"assign_device", on_assign_device},
      {"sync_devices", on_sync_devices},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
