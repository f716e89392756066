// SPDX-License-Identifier: Apache-2.0
// Every topic of the system, built and taken apart in one place (proto/README.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"

namespace turnkey::contracts::topics {

inline constexpr std::string_view kPresenceBroker = "presence/broker";
inline constexpr std::string_view kBrokerHealth = "broker/health";  // retained, of the plugin
inline constexpr std::string_view kPresenceAll = "presence/+";
inline constexpr std::string_view kDeviceEventsAll = "registry/devices/+";
inline constexpr std::string_view kUserEventsAll = "registry/users/+";
inline constexpr std::string_view kWindowsAll = "provisioning/windows/+";
inline constexpr std::string_view kPressAll = "provisioning/+/press";
inline constexpr std::string_view kStatusAll = "provisioning/+/status";
inline constexpr std::string_view kControlCredentials = "$CONTROL/turnkey/credentials";
inline constexpr std::string_view kControlJournal = "$CONTROL/turnkey/journal";

// Roots of device topics; the first one is where commands are published.
struct Roots {
  std::vector<std::string> names = {"devices", "losant"};
  // "devices,losant" -> Roots; nothing when a name is empty or holds '/', '+', '#' or '$', or repeats.
  static std::optional<Roots> parse(std::string_view comma_separated);
  bool contains(std::string_view name) const;
};

std::string state(std::string_view root, const core::DeviceId& device);
std::string command(std::string_view root, const core::DeviceId& device);
std::string login(std::string_view root, const core::DeviceId& device);
std::string presence(const core::DeviceId& device);
std::string device_event(const core::DeviceId& device);
std::string user_event(const core::UserId& user);
std::string integration_events(const core::IntegrationId& integration);
std::string windows(const core::DeviceId& device);
std::string press(const core::ProvisioningId& provisioning);
std::string status(const core::ProvisioningId& provisioning);
std::string rpc(std::string_view service, std::string_view method);
std::string shared(std::string_view group, std::string_view filter);  // "$share/group/filter"

// The ids in a topic; nothing when the topic is of another form.
std::optional<core::DeviceId> device_of_state(std::string_view topic, const Roots& roots);
std::optional<core::DeviceId> device_of_presence(std::string_view topic);
std::optional<core::DeviceId> device_of_event(std::string_view topic);
std::optional<core::DeviceId> device_of_windows(std::string_view topic);
std::optional<core::UserId> user_of_event(std::string_view topic);
std::optional<core::ProvisioningId> provisioning_of_press(std::string_view topic);
std::optional<core::ProvisioningId> provisioning_of_status(std::string_view topic);

}  // namespace turnkey::contracts::topics
