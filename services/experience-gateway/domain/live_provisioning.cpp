// SPDX-License-Identifier: Apache-2.0
#include "domain/live_provisioning.hpp"

#include <utility>

namespace turnkey::gateway {
namespace {

constexpr std::size_t kMostSeen = 1000;  // a jammed button must not fill the memory

}  // namespace

bool is_final(const std::string& state) { return state != "waiting" && state != "proven"; }

bool LiveProvisioning::take_snapshot(const contracts::ProvisioningView& view, std::int64_t version) {
  if (version <= version_) return false;
  view_ = view;
  version_ = version;
  presses_since_ = 0;
  return true;
}

bool LiveProvisioning::take_status(const contracts::ProvisioningStatus& status) {
  if (view_) return take_snapshot(status.provisioning, status.version);
  if (!kept_ || kept_->version < status.version) kept_ = status;
  return false;
}

std::optional<contracts::ProvisioningStatus> LiveProvisioning::take_kept_status() {
  const auto kept = std::exchange(kept_, std::nullopt);
  if (!kept || !view_ || !take_status(*kept)) return std::nullopt;
  return kept;
}

std::optional<PressShown> LiveProvisioning::take_press(const contracts::Press& press) {
  const bool listens = view_ && view_->state == "waiting" && !view_->presence.blink;
  if (!listens || seen_.size() >= kMostSeen || !seen_.insert(press.press_id).second) return std::nullopt;
  presses_since_ += press.count;
  return PressShown{view_->presence.presses + presses_since_, view_->presence.required_presses, press.at};
}

bool LiveProvisioning::ended() const { return view_ && is_final(view_->state); }

}  // namespace turnkey::gateway
