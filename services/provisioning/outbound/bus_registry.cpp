// SPDX-License-Identifier: Apache-2.0
#include "outbound/bus_registry.hpp"

#include <algorithm>

#include "contracts/messages.hpp"
#include "domain/rules.hpp"

namespace turnkey::provisioning {
namespace {

using contracts::Json;
using core::Millis;

// Time for the answer to travel back before the caller's own deadline, and the least that is worth a try.
constexpr Millis kWayBack{150};
constexpr Millis kLeast{300};
constexpr Millis kIngestTimeout{1000};
constexpr std::int64_t kLongestWindow_s = 24 * 3600;
constexpr std::int64_t kDefaultBurstPause_ms = 2500;
constexpr std::int64_t kLongestBurstPause_ms = 60'000;

core::Error wrong_answer(const contracts::ObjectReader& in) {
  return core::internal("The registry's answer cannot be read: " + in.error().message);
}

core::Result<Device> device_of(const Json& json) {
  contracts::ObjectReader in(json);
  Device device;
  device.id = in.id<core::DeviceId>("deviceId");
  device.serial = core::Serial::trusted(in.text("serial", 1, 64));
  device.recipe = in.id<core::RecipeId>("recipeId");
  device.register_attribute = in.text("registerAttribute");
  device.assignment_epoch = in.integer("assignmentEpoch", 0, INT64_MAX);
  const auto policy = policy_from(in.text("presencePolicy", 1, 16));
  if (!policy) in.wrong("presencePolicy", "unknown", "press, pattern or none is needed");
  device.policy = policy.value_or(Policy::press);
  device.window = std::chrono::seconds(in.integer("window_s", 1, kLongestWindow_s));
  device.burst_pause =
      Millis(in.optional_integer("burstPause_ms", 1, kLongestBurstPause_ms).value_or(kDefaultBurstPause_ms));
  device.blink_check = in.optional_boolean("blinkCheck").value_or(false);
  if (!in.ok()) return wrong_answer(in);
  return device;
}

core::Result<MayProvision> named_in(const Json& json) {
  contracts::ObjectReader in(json);
  MayProvision named;
  named.serial = core::Serial::trusted(in.text("serial", 0, 64));
  const Json* users = in.array("users", kMostWhoMayMeanIt);
  for (const Json& item : users != nullptr ? *users : Json::array()) {
    const auto user =
        item.is_string() ? core::UserId::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (user) named.users.push_back(*user);
  }
  if (!named.users.empty() && named.serial.str().empty())
    in.wrong("serial", "required", "a serial is needed");
  if (!in.ok()) return wrong_answer(in);
  return named;
}

Json request_of(const Assignment& assignment) {
  return {{"actor", {{"userId", assignment.user.str()}}},
          {"deviceId", assignment.device.str()},
          {"assignmentEpoch", assignment.assignment_epoch},
          {"provisioningId", assignment.provisioning.str()},
          {"name", assignment.wish.name},
          {"groupId", assignment.wish.group_id},
          {"model", assignment.wish.model}};
}

core::Result<std::vector<Press>> presses_of(const Json& json) {
  contracts::ObjectReader in(json);
  std::vector<Press> presses;
  const Json* items = in.array("items", 100'000);
  for (const Json& item : items != nullptr ? *items : Json::array()) {
    contracts::ObjectReader press(item, "items");
    presses.push_back({press.id<core::ProvisioningId>("provisioningId"), press.text("pressId", 1, 128),
                       press.time("at"), static_cast<int>(press.integer("count", 1, 100))});
    for (auto& error : press.take_errors()) in.wrong(error.field, error.code, error.message);
  }
  if (!in.ok()) return in.error();
  return presses;
}

}  // namespace

core::Result<Json> BusRegistry::call(std::string_view method, const Json& request, Deadline deadline) {
  const auto left = std::chrono::duration_cast<Millis>(deadline - std::chrono::steady_clock::now());
  return caller_.call("registry", method, request, "", std::max(kLeast, left - kWayBack));
}

core::Result<Device> BusRegistry::find_device(const core::UserId& user, const core::Serial& serial,
                                              Deadline deadline) {
  const auto reply = call("get_device_for_provisioning",
                          {{"actor", {{"userId", user.str()}}}, {"serial", serial.str()}}, deadline);
  if (!reply) return reply.error();
  return device_of(*reply);
}

core::Result<MayProvision> BusRegistry::who_may_provision(const core::DeviceId& device,
                                                          const std::vector<core::UserId>& users,
                                                          Deadline deadline) {
  Json ids = Json::array();
  for (const auto& user : users) ids.push_back(user.str());
  const auto reply = call("who_may_provision", {{"deviceId", device.str()}, {"users", ids}}, deadline);
  if (!reply) return reply.error();
  return named_in(*reply);
}

core::Result<core::Done> BusRegistry::check(const Assignment& assignment, Deadline deadline) {
  const auto reply = call("check_assignment", request_of(assignment), deadline);
  if (!reply) return reply.error();
  return core::Done{};
}

core::Result<std::string> BusRegistry::assign(const Assignment& assignment, Deadline deadline) {
  const auto reply = call("assign_device", request_of(assignment), deadline);
  if (!reply) return reply.error();
  const auto device = reply->find("device");
  if (device == reply->end() || !device->is_object())
    return core::internal("The registry's answer holds no device.");
  return device->dump();
}

core::Result<std::vector<Press>> BusIngest::recent_presses(const std::vector<Provisioning>& windows) {
  Json list = Json::array();
  for (const auto& one : windows) {
    list.push_back({{"provisioningId", one.id.str()},
                    {"deviceId", one.device.id.str()},
                    {"startedAt", core::to_iso(one.started_at)},
                    {"expiresAt", core::to_iso(one.expires_at)},
                    {"registerAttribute", one.device.register_attribute}});
  }
  const auto reply =
      caller_.call("telemetry-ingest", "recent_presses", {{"windows", list}}, "", kIngestTimeout);
  if (!reply) return reply.error();
  return presses_of(*reply);
}

}  // namespace turnkey::provisioning
