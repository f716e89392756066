// SPDX-License-Identifier: Apache-2.0
// What one open stream of a provisioning has to be told. Presses come straight from telemetry-ingest, ahead
// of the status that the provisioning service makes of them: the count shown is the last status' plus the
// presses since. Pure; not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "contracts/messages.hpp"

namespace turnkey::gateway {

struct PressShown {
  int presses;
  int required_presses;
  core::Timestamp at;
};

class LiveProvisioning {
 public:
  // The state as `get` answered. True when it is news (newer than what was shown).
  bool take_snapshot(const contracts::ProvisioningView& view, std::int64_t version);
  // Likewise. Before the first snapshot the right is not proven yet: the newest status is kept, not shown.
  bool take_status(const contracts::ProvisioningStatus& status);
  // What was kept meanwhile, when it is newer than the snapshot: to be shown after it.
  std::optional<contracts::ProvisioningStatus> take_kept_status();
  // Nothing when the press is not to be shown: seen already, not waiting for one, or before the first state.
  std::optional<PressShown> take_press(const contracts::Press& press);
  bool ended() const;
  std::int64_t version() const { return version_; }

 private:
  std::optional<contracts::ProvisioningView> view_;
  std::int64_t version_ = -1;
  int presses_since_ = 0;
  std::optional<contracts::ProvisioningStatus> kept_;
  std::set<std::string> seen_;  // presses of one window: few
};

bool is_final(const std::string& provisioning_state);

}  // namespace turnkey::gateway
