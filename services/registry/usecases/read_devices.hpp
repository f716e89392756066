// SPDX-License-Identifier: Apache-2.0
// Devices as a user may see them: operators all, everybody else those that belong to their groups. What is
// not theirs does not exist for them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contracts/messages.hpp"
#include "domain/device.hpp"
#include "domain/recipe.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// Before the serial in a cursor when that device is in no group; in no serial.
inline const std::string kCursorInStock = "~";

struct DevicePage {
  std::vector<Device> items;
  std::optional<std::string> next_cursor;
};
core::Result<DevicePage> list_devices(const Context& context, const core::UserId& actor,
                                      pg_devices::Filter filter);

struct SeenDevice {
  Device device;
  Recipe recipe;
  std::optional<core::Timestamp> visible_since;  // nothing older is the reader's; null for operators only
  bool may_command = false;
  bool may_release = false;
  std::optional<core::Timestamp>
      undo_until{};  // for operators: its last release can be taken back until then
};
core::Result<SeenDevice> get_device(const Context& context, const core::UserId& actor,
                                    const std::string& serial);

// What provisioning needs to open a window. Every refusal (role, unknown serial, transfer policy) is the same
// `not_found`.
struct ProvisionableDevice {
  Device device;
  Recipe recipe;
};
core::Result<ProvisionableDevice> get_device_for_provisioning(const Context& context,
                                                              const core::UserId& actor,
                                                              const std::string& serial);

// Those of the users to whom a device may be named that they did not ask for: because it was pressed while
// they wait for another one. No serial where there is nobody.
struct MayProvision {
  std::string serial;
  std::vector<core::UserId> users;
};
MayProvision who_may_provision(const Context& context, const core::DeviceId& device,
                               const std::vector<core::UserId>& users);

// The device's life as its reader may see it, newest first, with the names of those who are still there.
struct LedgerPage {
  struct Item {
    pg_ledger::Line line;
    std::optional<User> actor;
  };
  std::vector<Item> items;
  std::optional<std::string> next_cursor;
};
core::Result<LedgerPage> get_ledger(const Context& context, const core::UserId& actor,
                                    const std::string& serial, std::int64_t before_seq, int limit);
// For services that keep a table of devices; those that were deleted are among them, with that event.
struct SyncPage {
  std::vector<contracts::DeviceEvent> items;
  std::int64_t next_revision;
  bool more;
};
SyncPage sync_devices(const Context& context, std::int64_t after_revision, int limit);

}  // namespace turnkey::registry
