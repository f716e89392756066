// SPDX-License-Identifier: Apache-2.0
#include "inbound/events.hpp"

#include "contracts/topics.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

namespace topics = contracts::topics;

void on_windows(const bus::Message& message, FilterPresses& filter) {
  const auto device = topics::device_of_windows(message.topic);
  if (!device) return;
  if (message.payload.empty()) return filter.on_windows(device->str(), "", {});
  const auto windows = contracts::decode_windows(message.payload);
  if (!windows || windows->device_id != *device)
    return service::log_warning("windows that cannot be read", {{"topic", message.topic}});
  std::vector<OpenWindow> open;
  for (const auto& window : windows->windows)
    open.push_back({window.provisioning_id.str(), window.started_at, window.expires_at});
  filter.on_windows(device->str(), windows->register_attribute, std::move(open));
}

}  // namespace

void subscribe_windows(bus::Client& client, FilterPresses& filter) {
  client.subscribe(
      std::string(topics::kWindowsAll), 1,
      [&filter](const bus::Message& message) { on_windows(message, filter); }, bus::Dispatch::inline_);
}

void subscribe_devices(bus::Client& client, std::function<void(const contracts::DeviceEvent&)> learn) {
  client.subscribe(
      std::string(topics::kDeviceEventsAll), 1, [learn = std::move(learn)](const bus::Message& message) {
        const auto event = contracts::decode_device_event(std::string_view(message.payload));
        if (event) return learn(*event);
        service::log_warning("an event of a device that cannot be read", {{"topic", message.topic}});
      });
}

}  // namespace turnkey::ingest
