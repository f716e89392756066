// SPDX-License-Identifier: Apache-2.0
// A device as the registry knows it, and the groups it can be assigned to. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "domain/user.hpp"

namespace turnkey::registry {

struct Group {
  core::GroupId id;
  std::string name;
  std::optional<core::GroupId> parent_id{};
  std::vector<core::GroupId> path{};  // from the root to itself
  bool leaf = true;                   // has no groups below; only leaves get devices
  int device_count = 0;               // its own and all below
  int connected_count = 0;
};

struct Device {
  core::DeviceId id;
  std::string serial;  // normalised
  std::string name;
  core::RecipeId recipe_id;
  int recipe_version = 1;
  std::optional<std::string> model{};
  std::optional<core::GroupId> group_id{};
  std::vector<core::GroupId> group_path{};
  Tags tags{};
  std::int64_t assignment_epoch = 0;
  std::optional<core::Timestamp> provisioned_at{};
  std::optional<core::ProvisioningId> provisioning_id{};
  std::int64_t revision = 0;
  bool connected = false;
  std::optional<core::Timestamp> last_presence_at{};

  bool owned() const { return group_id.has_value(); }
  // Devices that belong to nobody are the operators' only.
  bool visible_to(const User& user) const { return user.is_operator() || (owned() && user.sees(group_path)); }
  // To one who did not name it: what belongs to others stays unknown, even where a press would take it over.
  bool nameable_to(const User& user) const { return user.may_provision() && (!owned() || visible_to(user)); }
};

struct Credentials {
  std::string access_key;
  std::string access_secret;  // shown once; only its hash is kept
};

}  // namespace turnkey::registry
