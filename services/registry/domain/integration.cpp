// SPDX-License-Identifier: Apache-2.0
#include "domain/integration.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace turnkey::registry {
namespace {

constexpr std::array<std::pair<EventType, std::string_view>, 6> kNames = {{
    {EventType::registered, "device.registered"},
    {EventType::provisioned, "device.provisioned"},
    {EventType::released, "device.released"},
    {EventType::connected, "device.connected"},
    {EventType::disconnected, "device.disconnected"},
    {EventType::faulted, "device.faulted"},
}};

bool holds(const std::optional<core::GroupId>& group, const std::vector<core::GroupId>& path) {
  return !group || std::find(path.begin(), path.end(), *group) != path.end();
}

}  // namespace

std::string_view to_string(EventType type) { return kNames.at(static_cast<std::size_t>(type)).second; }

std::optional<EventType> event_type_from(std::string_view name) {
  for (const auto& [type, text] : kNames)
    if (text == name) return type;
  return std::nullopt;
}

bool hears(const std::optional<core::GroupId>& group, const Announcement& announcement) {
  if (!holds(group, announcement.device.group_path)) return false;
  return !announcement.but_not || !holds(group, *announcement.but_not);
}

std::vector<Announcement> of_registration(const Device& device) {
  std::vector<Announcement> all{{EventType::registered, device}};
  if (device.owned()) all.push_back({EventType::provisioned, device});
  return all;
}

std::vector<Announcement> of_new_owner(const Device& before, const Device& after) {
  std::vector<Announcement> all;
  if (before.owned() && !after.owned()) return {{EventType::released, before}};
  if (!after.owned()) return all;
  if (before.owned()) all.push_back({EventType::released, before, after.group_path});
  Announcement provisioned{EventType::provisioned, after};
  if (before.owned() && before.assignment_epoch == after.assignment_epoch)
    provisioned.but_not = before.group_path;
  all.push_back(std::move(provisioned));
  return all;
}

}  // namespace turnkey::registry
