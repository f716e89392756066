// SPDX-License-Identifier: Apache-2.0
#include "inbound/device_events.hpp"

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"
#include "service/log.hpp"
#include "usecases/advance.hpp"
#include "usecases/hear_stray_press.hpp"

namespace turnkey::provisioning {
namespace {

// The hand-over that this service made itself tells "assigned" too: its window is claimed or completed then,
// and one that was opened afterwards is younger than the event.
void on_device_event(World& world, const bus::Message& message) {
  const auto event = contracts::decode_device_event(std::string_view(message.payload));
  if (!event) {
    service::log_warning("a device event cannot be read", {{"topic", message.topic}});
    return;
  }
  const bool ends = event->event == "assigned" || event->event == "released" || event->event == "deleted";
  if (!ends) return;
  end_windows(world, event->device_id, event->event, event->at);
  forget_stray_presses(world, core::Serial::trusted(event->serial));
}

}  // namespace

void follow_devices(bus::Client& client, World& world) {
  client.subscribe(std::string(contracts::topics::kDeviceEventsAll), 1,
                   [&world](const bus::Message& message) { on_device_event(world, message); });
}

}  // namespace turnkey::provisioning
