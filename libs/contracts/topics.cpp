// SPDX-License-Identifier: Apache-2.0
#include "contracts/topics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace turnkey::contracts::topics {
namespace {

// The single segment between a known beginning and a known end; nothing when the topic is of another form.
std::optional<std::string_view> between(std::string_view topic, std::string_view begin,
                                        std::string_view end) {
  if (topic.size() < begin.size() + end.size() || !topic.starts_with(begin) || !topic.ends_with(end))
    return std::nullopt;
  const auto middle = topic.substr(begin.size(), topic.size() - begin.size() - end.size());
  if (middle.find('/') != std::string_view::npos) return std::nullopt;
  return middle;
}

template <typename IdType>
std::optional<IdType> id_between(std::string_view topic, std::string_view begin, std::string_view end) {
  const auto middle = between(topic, begin, end);
  return middle ? IdType::parse(*middle) : std::nullopt;
}

bool usable_root(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.find_first_of("/+#$ ") == std::string_view::npos;
}

}  // namespace

std::optional<Roots> Roots::parse(std::string_view comma_separated) {
  Roots roots;
  roots.names.clear();
  while (true) {
    const auto comma = comma_separated.find(',');
    const auto name = comma_separated.substr(0, comma);
    if (!usable_root(name) || roots.contains(name)) return std::nullopt;
    roots.names.emplace_back(name);
    if (comma == std::string_view::npos) return roots;
    comma_separated.remove_prefix(comma + 1);
  }
}

bool Roots::contains(std::string_view name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string state(std::string_view root, const core::DeviceId& device) {
  return fmt::format("{}/{}/state", root, device.str());
}
std::string command(std::string_view root, const core::DeviceId& device) {
  return fmt::format("{}/{}/command", root, device.str());
}
std::string login(std::string_view root, const core::DeviceId& device) {
  return fmt::format("{}/{}/login", root, device.str());
}
std::string presence(const core::DeviceId& device) { return "presence/" + device.str(); }
std::string device_event(const core::DeviceId& device) { return "registry/devices/" + device.str(); }
std::string user_event(const core::UserId& user) { return "registry/users/" + user.str(); }
std::string integration_events(const core::IntegrationId& integration) {
  return "events/" + integration.str();
}
std::string windows(const core::DeviceId& device) { return "provisioning/windows/" + device.str(); }
std::string press(const core::ProvisioningId& provisioning) {
  return "provisioning/" + provisioning.str() + "/press";
}
std::string status(const core::ProvisioningId& provisioning) {
  return "provisioning/" + provisioning.str() + "/status";
}
std::string rpc(std::string_view service, std::string_view method) {
  return fmt::format("rpc/{}/{}", service, method);
}
std::string shared(std::string_view group, std::string_view filter) {
  return fmt::format("$share/{}/{}", group, filter);
}

std::optional<core::DeviceId> device_of_state(std::string_view topic, const Roots& roots) {
  const auto slash = topic.find('/');
  if (slash == std::string_view::npos || !roots.contains(topic.substr(0, slash))) return std::nullopt;
  return id_between<core::DeviceId>(topic.substr(slash), "/", "/state");
}
std::optional<core::DeviceId> device_of_presence(std::string_view topic) {
  return id_between<core::DeviceId>(topic, "presence/", "");
}
std::optional<core::DeviceId> device_of_event(std::string_view topic) {
  return id_between<core::DeviceId>(topic, "registry/devices/", "");
}
std::optional<core::DeviceId> device_of_windows(std::string_view topic) {
  return id_between<core::DeviceId>(topic, "provisioning/windows/", "");
}
std::optional<core::UserId> user_of_event(std::string_view topic) {
  return id_between<core::UserId>(topic, "registry/users/", "");
}
std::optional<core::ProvisioningId> provisioning_of_press(std::string_view topic) {
  return id_between<core::ProvisioningId>(topic, "provisioning/", "/press");
}
std::optional<core::ProvisioningId> provisioning_of_status(std::string_view topic) {
  return id_between<core::ProvisioningId>(topic, "provisioning/", "/status");
}

}  // namespace turnkey::contracts::topics
