// SPDX-License-Identifier: Apache-2.0
// The messages between the services, as structs with one encoder and one strict decoder each (proto/README.md
// has the table). Decoders return `invalid` with every wrong field; they never throw on foreign input.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/attribute.hpp"
#include "contracts/json.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::contracts {

// presence/{deviceId}
struct Presence {
  core::DeviceId device_id;
  bool connected = false;
  core::Timestamp at;
  std::string boot_id;
  std::string reason{};
};
Json to_json(const Presence& message);
core::Result<Presence> decode_presence(std::string_view payload);

// presence/broker: a presence that carries another boot id means "not connected".
struct BrokerBoot {
  std::string boot_id;
  core::Timestamp started_at;
};
Json to_json(const BrokerBoot& message);
core::Result<BrokerBoot> decode_broker_boot(std::string_view payload);

// registry/devices/{deviceId} and the items of sync_devices
struct DeviceEvent {
  core::DeviceId device_id;
  std::string serial;
  std::int64_t revision = 0;
  std::string event;  // registered changed assigned released deleted; empty in sync_devices
  core::Timestamp at;
  core::RecipeId recipe_id;
  std::optional<core::GroupId> group_id{};
  std::vector<core::GroupId> group_path{};  // root first, the device's own group last
  std::optional<core::Timestamp> provisioned_at{};
  // Of `assigned` when somebody took it without a release: the group that it was of.
  std::optional<core::GroupId> taken_over_from{};
  Attributes attributes{};
  std::string register_attribute;
  std::string fault_attribute{};  // of `attributes`, says that the device has a fault; "" when none does
};
Json to_json(const DeviceEvent& message);
core::Result<DeviceEvent> decode_device_event(const Json& json);
core::Result<DeviceEvent> decode_device_event(std::string_view payload);

// rpc/registry/device_faulted, of telemetry-ingest: the device began to say that it has a fault.
struct Fault {
  core::DeviceId device_id;
  core::Timestamp at;  // the device's own time
  std::string attribute;
  Json value;  // number or text; 1 of a boolean
};
Json to_json(const Fault& fault);
core::Result<Fault> decode_fault(const Json& json);

// registry/users/{userId}
struct UserEvent {
  core::UserId user_id;
  core::Timestamp at;
  std::string event;  // changed signed_out deleted
};
Json to_json(const UserEvent& message);
core::Result<UserEvent> decode_user_event(std::string_view payload);

// provisioning/windows/{deviceId}, retained; an empty payload means no windows
struct Window {
  core::ProvisioningId provisioning_id;
  core::Timestamp started_at;
  core::Timestamp expires_at;
};
struct Windows {
  core::DeviceId device_id;
  std::string register_attribute;
  std::vector<Window> windows;
};
std::string encode_windows(const Windows& message);  // "" when there are none
core::Result<Windows> decode_windows(std::string_view payload);

// provisioning/{provisioningId}/press
struct Press {
  std::string press_id;  // "<report id>#<index>": the same press has the same id however often it comes
  core::Timestamp at;    // the broker's receive stamp
  int count = 1;
};
Json to_json(const Press& message);
core::Result<Press> decode_press(std::string_view payload);

// A provisioning as HTTP and provisioning/{id}/status show it.
struct BlinkQuestion {
  core::Timestamp asked_at;  // when the light was last told to blink
  int tries = 0;  // wrong answers until the window locks, the next one included; names the question
};
struct PresenceProof {
  std::string policy;  // press pattern none
  int required_presses = 1;
  int presses = 0;
  std::optional<core::Timestamp> proven_at{};
  bool contended = false;                // another user has a window on the same device
  std::optional<BlinkQuestion> blink{};  // enough was pressed: how often does the light blink?
};
struct OtherPress {  // of a device that is not the provisioning's own
  std::string serial;
  core::Timestamp at;
};
struct ProvisioningView {
  core::ProvisioningId id;
  std::string serial;
  core::RecipeId recipe_id;
  std::string state;  // waiting proven completed cancelled expired superseded locked
  core::Timestamp started_at;
  core::Timestamp expires_at;
  PresenceProof presence;
  std::string reason{};  // why it ended, a short word; empty otherwise
  std::optional<OtherPress> other_press{};
};
Json to_json(const ProvisioningView& view);  // without serverTime: the gateway adds it as it answers
core::Result<ProvisioningView> decode_provisioning(const Json& json);

struct ProvisioningStatus {
  ProvisioningView provisioning;
  core::DeviceId device_id;
  core::UserId user_id;
  std::int64_t version = 0;
};
Json to_json(const ProvisioningStatus& message);
core::Result<ProvisioningStatus> decode_provisioning_status(std::string_view payload);

// $CONTROL/turnkey/credentials. A key that is disabled is told as revoked, and set again when it is enabled.
struct CredentialChange {
  std::string access_key;
  bool revoked = false;
  core::DeviceId device_id{};  // when not revoked, and so are all that follow
  std::string secret_hash_hex{};
  std::vector<std::string> allowed_addresses{};  // ranges; none: from anywhere
  std::optional<core::Timestamp> valid_until{};
  std::optional<core::IntegrationId> integration_id{};  // the key is an integration's, not a device's
};
struct CredentialChanges {
  std::int64_t revision = 0;
  std::vector<CredentialChange> changes;
};
Json to_json(const CredentialChanges& message);

// $CONTROL/turnkey/journal
struct SpooledRange {
  std::string journal;
  std::uint64_t segment = 0;
  std::uint64_t from = 0;  // inclusive
  std::uint64_t to = 0;    // inclusive
};
std::string encode_journal_hello();
std::string encode_journal_spooled(const std::vector<SpooledRange>& ranges);

// A report's id "<journal>-<segment>-<index>".
struct ReportId {
  std::string journal;
  std::uint64_t segment = 0;
  std::uint64_t index = 0;
  static std::optional<ReportId> parse(std::string_view text);
  std::string str() const;
  auto operator<=>(const ReportId&) const = default;
};

// {root}/{deviceId}/command. `time` always with milliseconds: Losant's Python client fails without.
inline constexpr std::chrono::seconds kCommandExpiry{60};  // of one that says nothing else
// The longest that one may be valid for: the broker forgets the session of a device that is away for longer.
inline constexpr std::chrono::seconds kLongestCommand = std::chrono::hours(24 * 7);
std::string encode_command(std::string_view name, const Json& payload, core::Timestamp time);

// User properties on state reports, set by the broker plugin.
inline constexpr std::string_view kPropertyReportId = "turnkey-id";
inline constexpr std::string_view kPropertyReportTime = "turnkey-time";  // ms since the epoch
inline constexpr std::string_view kPropertyReplay = "turnkey-replay";    // "1": sent again from the journal
inline constexpr std::string_view kPropertyRetained =
    "turnkey-retained";  // "1": the device asked to retain it
inline constexpr std::string_view kPropertyDuplicate =
    "turnkey-dup";  // "1": a device sent it again after a break; same id

// User property on commands, for the broker plugin alone: how many seconds one may wait for a device that is
// away. One without waits for none.
inline constexpr std::string_view kPropertyValidFor = "turnkey-valid-for";

// User properties on state reports that the gateway brings for devices without MQTT, and on
// {root}/{deviceId}/login, which asks about the same; for the broker plugin alone.
inline constexpr std::string_view kPropertyAccessKey = "turnkey-key";
inline constexpr std::string_view kPropertyAccessSecret = "turnkey-secret";
inline constexpr std::string_view kPropertyAddress =
    "turnkey-address";  // where the device's request came from

}  // namespace turnkey::contracts
