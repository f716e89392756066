// SPDX-License-Identifier: Apache-2.0
// Other systems and what they hear of devices. An integration belongs to a group and hears of the devices in
// it and below; one of no group is the operators' and hears of all. Nobody hears of a device what is not
// theirs: a change of owner is two events, one for those who lose it and one for those who get it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "domain/device.hpp"

namespace turnkey::registry {

enum class EventType { registered, provisioned, released, connected, disconnected, faulted };
std::string_view to_string(EventType type);  // "device.provisioned"
std::optional<EventType> event_type_from(std::string_view name);

struct Integration {
  core::IntegrationId id;
  std::string name;
  std::optional<core::GroupId> group_id{};  // nothing: the whole installation
  std::vector<EventType> events{};
  std::optional<std::string> webhook_url{};
  core::Timestamp created_at{};
};

// A type and the device as its hearers may know it: in the group that they hear of.
struct Announcement {
  EventType type = EventType::registered;
  Device device;
  // Not for those whose group holds this one too.
  std::optional<std::vector<core::GroupId>> but_not{};
};
// `group`: an integration's.
bool hears(const std::optional<core::GroupId>& group, const Announcement& announcement);

std::vector<Announcement> of_registration(const Device& device);
// `before` and `after` are one device under its lock. A hand-over is one even within a group; a mere move
// below one root is told only to those who lose sight of the device and those who win it.
std::vector<Announcement> of_new_owner(const Device& before, const Device& after);

}  // namespace turnkey::registry
