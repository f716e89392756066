// SPDX-License-Identifier: Apache-2.0
// An access key of a device: when and from where it may be used. Its secret is known by hash only. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/address_range.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

// How many keys of a device may log in at once, and how many may be able to again (the disabled ones too).
inline constexpr std::size_t kMostActiveKeys = 5;
inline constexpr std::size_t kMostUsableKeys = 20;
inline constexpr std::size_t kMostAddressRanges = 32;

struct DeviceCredential {
  std::string access_key;
  core::DeviceId device_id;
  std::string secret_hash_hex;
  core::Timestamp created_at;
  std::optional<core::UserId> created_by{};  // nothing: made with the device, or by a release
  std::optional<core::Timestamp> valid_until{};
  std::optional<core::Timestamp> revoked_at{};
  bool disabled = false;
  std::vector<core::AddressRange> allowed_addresses{};  // empty: from anywhere

  bool ended(core::Timestamp now) const { return valid_until && *valid_until <= now; }
  bool usable(core::Timestamp now) const { return !revoked_at && !ended(now); }  // perhaps disabled
  bool active(core::Timestamp now) const { return usable(now) && !disabled; }

  std::string_view state(core::Timestamp now) const {
    if (revoked_at) return "revoked";
    if (ended(now)) return "expired";
    return disabled ? "disabled" : "active";
  }
};

}  // namespace turnkey::registry
