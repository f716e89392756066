// SPDX-License-Identifier: Apache-2.0
#include "messages.hpp"

#include "domain/device_windows.hpp"

namespace turnkey::provisioning {
namespace {

// That it was asked, and never how often it blinks.
std::optional<contracts::BlinkQuestion> blink_of(const Provisioning& one) {
  if (!one.blinking()) return std::nullopt;
  return contracts::BlinkQuestion{one.identified_at.value_or(one.started_at), tries_left(one)};
}

}  // namespace

contracts::ProvisioningView view_of(const Provisioning& one) {
  contracts::ProvisioningView view;
  view.id = one.id;
  view.serial = one.device.serial.str();
  view.recipe_id = one.device.recipe;
  view.state = std::string(to_string(one.state));
  view.started_at = one.started_at;
  view.expires_at = one.expires_at;
  view.presence = {std::string(to_string(one.policy)),
                   one.required_presses,
                   one.presses,
                   one.proven_at,
                   one.contended,
                   blink_of(one)};
  view.reason = one.reason;
  if (one.other_press)
    view.other_press = contracts::OtherPress{one.other_press->serial.str(), one.other_press->at};
  return view;
}

contracts::ProvisioningStatus status_of(const Provisioning& one) {
  return {view_of(one), one.device.id, one.user, one.version};
}

contracts::Windows windows_of(const core::DeviceId& device, const std::vector<Provisioning>& open) {
  contracts::Windows message{device, {}, {}};
  for (const auto& one : open) {
    message.register_attribute = one.device.register_attribute;
    message.windows.push_back({one.id, one.started_at, one.expires_at});
  }
  return message;
}

}  // namespace turnkey::provisioning
